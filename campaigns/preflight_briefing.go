package campaigns

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/rivo/uniseg"

	"fanfare/accounts"
	"fanfare/campaigns/links"
	"fanfare/storage"
)

// briefing is what a pre-flight reads of a campaign, at one instant. Its
// methods are verdicts: they ask nobody.
type briefing struct {
	now        time.Time
	campaign   Campaign
	sale       Sale
	deliveries []Delivery // without the cancelled ones, by due time
	links      map[int64]links.Link
	accounts   []accounts.NetworkAccount // of the deliveries to come
	handles    map[int64]string          // of the accounts of all deliveries, as people know them
	traffic    []Delivery                // of these accounts, other campaigns' too, about the time of this one's
	images     attachments               // of the deliveries to come
	paused     scopes
	publicURL  string
}

func (s *Service) readBriefing(ctx context.Context, campaignID int64) (briefing, error) {
	b := briefing{links: make(map[int64]links.Link), handles: make(map[int64]string), publicURL: s.publicURL}
	err := s.db.Read(ctx, func(tx *storage.Tx) (err error) {
		b.now = tx.Now
		if err = tx.First(&b.campaign, campaignID).Error; err != nil {
			return err
		}
		if err = tx.First(&b.sale, b.campaign.SaleID).Error; err != nil {
			return err
		}
		err = tx.Where("campaign_id = ? AND state <> ?", campaignID, Cancelled).Order("due_at, id").Find(&b.deliveries).Error
		if err != nil {
			return err
		}
		var all []links.Link
		if err = tx.Where("campaign_id = ?", campaignID).Find(&all).Error; err != nil {
			return err
		}
		for _, link := range all {
			b.links[link.DeliveryID] = link
		}
		if b.images, err = readAttachments(tx, b.open()); err != nil {
			return err
		}
		if b.paused, err = readScopes(tx); err != nil {
			return err
		}
		return b.readAccounts(tx)
	})
	return b, err
}

// readAccounts reads the accounts of what is to come, and what else they post;
// of the accounts of what has ended, their names alone.
func (b *briefing) readAccounts(tx *storage.Tx) error {
	var every, ids []int64
	for _, d := range b.deliveries {
		every = append(every, d.AccountID)
	}
	for _, d := range b.open() {
		ids = append(ids, d.AccountID)
	}
	if len(every) == 0 {
		return nil
	}
	var all []accounts.NetworkAccount
	if err := tx.Omit("sealed").Where(among(tx, "id", every)).Order("network, name, id").Find(&all).Error; err != nil {
		return err
	}
	for _, account := range all {
		b.handles[account.ID] = handleOf(account)
		if slices.Contains(ids, account.ID) {
			b.accounts = append(b.accounts, account)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	from, until := b.open()[0].DueAt.Add(-longestSpan), b.lastDue().Add(longestSpan)
	return tx.Where(among(tx, "account_id", ids)).Where("due_at > ? AND due_at < ?", from, until).
		Where("state IN ?", []State{Scheduled, Publishing, InDoubt, Published}).
		Order("due_at, id").Find(&b.traffic).Error
}

// open gives the deliveries that are still to come.
func (b *briefing) open() (open []Delivery) {
	for _, d := range b.deliveries {
		if d.State == Scheduled || d.State == Publishing || d.State == InDoubt {
			open = append(open, d)
		}
	}
	return open
}

func (b *briefing) firstDue() *time.Time {
	if open := b.open(); len(open) > 0 {
		return &open[0].DueAt
	}
	return nil
}

// lastDue gives the last instant at which something is due, zero without.
func (b *briefing) lastDue() time.Time {
	open := b.open()
	if len(open) == 0 {
		return time.Time{}
	}
	return open[len(open)-1].DueAt
}

// handle gives how people know an account.
func (b *briefing) handle(accountID int64) string { return b.handles[accountID] }

func handleOf(account accounts.NetworkAccount) string {
	if account.Handle != "" {
		return account.Handle
	}
	return account.Name
}

// words gives the beginning of a delivery's text, without its link.
func (b *briefing) words(d Delivery) string {
	return beginning(strings.ReplaceAll(d.Text, b.links[d.ID].URL, " "))
}

// beginning gives the first words of a text.
func beginning(text string) string {
	const most = 48 // as readers count characters
	line := strings.Join(strings.Fields(text), " ")
	if uniseg.GraphemeClusterCount(line) <= most {
		return line
	}
	var short strings.Builder
	graphemes := uniseg.NewGraphemes(line)
	for range most - 1 {
		graphemes.Next()
		short.WriteString(graphemes.Str())
	}
	return short.String() + "…"
}
