package campaigns

import (
	"context"
	"time"

	"gorm.io/gorm/clause"

	"fanfare/connectors"
	"fanfare/storage"
)

// countTimeout is for one call to a network.
const countTimeout = 20 * time.Second

// countJob asks the networks how published posts do.
type countJob struct{}

// Kind names the job to the scheduler.
func (countJob) Kind() string { return "campaigns.count" }

// postCount is what a network told of a delivery at an instant.
type postCount struct {
	DeliveryID            int64     `gorm:"primaryKey"`
	At                    time.Time `gorm:"primaryKey"`
	connectors.PostCounts `gorm:"embedded"`
}

// dueCounts finds the posts that are to be asked for. After a month without
// asking it is too late for the marks that were missed.
const dueCounts = "count_at <= ? AND published_at > ? AND state = 'published' AND remote_id <> ''"

// countPosts asks, account by account, for the figures of the posts that have
// reached a mark, as far as the budgets allow. A failure costs the figures of
// one mark and nothing else: these are not worth insisting, nor stopping an
// account.
func (s *Service) countPosts(ctx context.Context, _ countJob) error {
	if s.withoutCounts {
		return nil
	}
	var accounts []int64
	err := s.db.Read(ctx, func(tx *storage.Tx) error {
		return tx.Model(&Delivery{}).Where(dueCounts, tx.Now, tx.Now.AddDate(0, -1, 0)).
			Distinct("account_id").Order("account_id").Pluck("account_id", &accounts).Error
	})
	if err != nil {
		return err
	}
	for _, id := range accounts {
		if err := s.countAccount(ctx, id); err != nil {
			s.log.Warn("figures of posts are missing", "account", id, "error", err)
		}
	}
	return ctx.Err()
}

// countAccount asks for one account's posts, call by call.
func (s *Service) countAccount(ctx context.Context, id int64) error {
	account, credentials, err := s.accounts.NetworkAccount(ctx, id)
	if err != nil {
		return err
	}
	network, known := s.networks[account.Network]
	if !known || account.Problem != "" {
		return nil
	}
	who := limited{id, network.Limits(credentials)}
	for {
		due, err := s.beginCount(ctx, who)
		if err != nil || len(due) == 0 {
			return err
		}
		remote := make([]string, len(due))
		for i, d := range due {
			remote[i] = d.RemoteID
		}
		calling, cancel := context.WithTimeout(ctx, countTimeout)
		counts, failed := network.Counts(calling, credentials, remote)
		cancel()
		if err := s.recordCounts(ctx, who, due, counts, failed); err != nil || failed != nil {
			return err
		}
	}
}

// beginCount takes a call from the budgets and moves the posts that it is for
// on to their next mark, so that nobody else asks. It gives none when none is
// due, or no call is left.
func (s *Service) beginCount(ctx context.Context, who limited) (due []Delivery, err error) {
	err = s.db.Write(ctx, func(tx *storage.Tx) error {
		due = nil
		calls, err := openPurse(tx, s.timing, connectors.CallCounts, who)
		if err != nil {
			return err
		}
		var found []Delivery
		err = tx.Clauses(clause.Locking{Strength: "UPDATE", Options: "SKIP LOCKED"}).
			Where("account_id = ? AND "+dueCounts, who.accountID, tx.Now, tx.Now.AddDate(0, -1, 0)).
			Order("count_at, id").Limit(connectors.MaxCounts).Find(&found).Error
		if err != nil || len(found) == 0 {
			return err
		}
		if _, ok := calls.take(who, connectors.CallCounts, tx.Now); !ok {
			return nil
		}
		for _, d := range found {
			next := nextCount(*d.PublishedAt, tx.Now)
			if err := tx.Model(&d).Update("count_at", next).Error; err != nil {
				return err
			}
		}
		due = found
		return calls.close(tx)
	})
	return due, err
}

// recordCounts keeps what the network told.
func (s *Service) recordCounts(ctx context.Context, who limited, due []Delivery, counts connectors.Counts, failed error) error {
	told := counts.Limits
	if failed != nil {
		s.log.Warn("the network told no figures of posts", "account", who.accountID, "posts", len(due), "error", failed)
		told = networkError(failed).Limits
	}
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		if err := s.heard(tx, who, connectors.CallCounts, told); err != nil {
			return err
		}
		var rows []postCount
		for _, d := range due {
			if c, known := counts.Posts[d.RemoteID]; known {
				rows = append(rows, postCount{DeliveryID: d.ID, At: tx.Now, PostCounts: c})
			}
		}
		if len(rows) == 0 {
			return nil
		}
		return tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&rows).Error
	})
}
