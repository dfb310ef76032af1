package campaigns

import (
	"context"
	"strings"
	"time"

	"fanfare/storage"
)

// Pause is a kill switch that is thrown.
type Pause struct {
	Scope Scope
	By    int64 // the person who threw it; 0 is the program itself
	At    time.Time
	// Overdue counts the deliveries whose time has come: they go out as soon as
	// this switch is taken back.
	Overdue int64
}

// Pauses lists the switches that are thrown, the oldest first.
func (s *Service) Pauses(ctx context.Context) (pauses []Pause, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		thrown, err := thrownSwitches(tx)
		if err != nil {
			return err
		}
		for _, row := range thrown {
			pause := Pause{Scope: row.scope(), By: row.ThrownBy, At: row.ThrownAt}
			err := tx.Model(&Delivery{}).
				Where(pause.Scope.within(dueInSQL)+" AND (expires_at IS NULL OR expires_at >= ?)", tx.Now, tx.Now).
				Where("NOT "+pausedByAnotherInSQL, row.Name).Count(&pause.Overdue).Error
			if err != nil {
				return err
			}
			pauses = append(pauses, pause)
		}
		return nil
	})
	return pauses, err
}

// pausedByAnotherInSQL is pausedInSQL for the other switches than the one named.
var pausedByAnotherInSQL = strings.TrimSuffix(pausedInSQL, ")") + " AND name <> ?)"

func thrownSwitches(tx *storage.Tx) (thrown []switchRow, err error) {
	err = tx.Where("name = 'paused' OR name LIKE 'paused %'").Order("thrown_at, name").Find(&thrown).Error
	return thrown, err
}

// scopes are the scopes of the switches that are thrown.
type scopes map[Scope]bool

func readScopes(tx *storage.Tx) (scopes, error) {
	thrown, err := thrownSwitches(tx)
	paused := make(scopes, len(thrown))
	for _, row := range thrown {
		paused[row.scope()] = true
	}
	return paused, err
}

// hold tells whether a delivery stands behind one of them.
func (p scopes) hold(d Delivery) bool {
	return p[Scope{}] || p[OfCampaign(d.CampaignID)] || p[OfAccount(d.AccountID)] || p[OfPost(d.PostID)]
}
