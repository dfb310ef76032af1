package reports

import (
	"cmp"
	"context"
	"database/sql"
	"slices"
	"time"

	"fanfare/campaigns"
	"fanfare/campaigns/orders"
	"fanfare/storage"
)

// dropWindow is how many seconds of a drop are told one by one.
const dropWindow = 300

// DropPhase is where a sale stands.
type DropPhase string

// The phases. Sold out goes before closed: it is what people tell.
const (
	BeforeDrop DropPhase = "before"
	DropOpen   DropPhase = "open"
	SoldOut    DropPhase = "sold_out"
	DropClosed DropPhase = "closed"
)

// Drop is a sale's great moment as it stands: figures for those who watch it.
type Drop struct {
	At       time.Time
	Campaign campaigns.Campaign
	Sale     campaigns.Sale
	Phase    DropPhase
	Report
	Sold      int64 // units of the sale, through all its campaigns
	Refused   int64 // orders that came again
	Networks  []DropPart
	Posts     []DropPart
	PerSecond []int64   // orders in each of the seconds before Until, the earliest first
	Until     time.Time // the end of the latest whole second, or of the last in which anything came
}

// DropPart is what a network or a post brought.
type DropPart struct {
	Network string // "" for a post
	PostID  int64
	Text    string // of the post
	Counts
}

// Drop tells how the drop of a campaign stands, from sums alone: it costs the
// same however many orders there are. It returns NotFound for a campaign that
// is not there.
func (s *Service) Drop(ctx context.Context, campaignID int64) (Drop, error) {
	var d Drop
	err := s.db.Read(ctx, func(tx *storage.Tx) (err error) {
		d, err = readDrop(tx, campaignID)
		return err
	})
	return d, err
}

func readDrop(tx *storage.Tx, campaignID int64) (Drop, error) {
	d := Drop{At: tx.Now}
	var err error
	if d.Campaign, d.Sale, err = campaignAndSale(tx, campaignID); err != nil {
		return d, err
	}
	if d.Report, err = campaignReport(tx, campaignID); err != nil {
		return d, err
	}
	var posts []campaigns.Post
	err = cmp.Or(
		tx.Raw(`SELECT CAST(COALESCE(SUM(units), 0) AS BIGINT) FROM order_counts
WHERE campaign_id IN (SELECT id FROM campaigns WHERE sale_id = ?) AND span = ?`, d.Sale.ID, hour).Scan(&d.Sold).Error,
		tx.Raw("SELECT CAST(COALESCE(SUM(replays + conflicts), 0) AS BIGINT) FROM order_repeats WHERE campaign_id = ?", campaignID).Scan(&d.Refused).Error,
		tx.Select("id, text").Where("campaign_id = ?", campaignID).Find(&posts).Error,
		d.readSeconds(tx),
	)
	d.Phase = phaseOf(d.Sale, d.Sold, tx.Now)
	d.divide(posts)
	return d, err
}

func phaseOf(sale campaigns.Sale, sold int64, now time.Time) DropPhase {
	switch {
	case sold >= sale.Units:
		return SoldOut
	case now.Before(sale.OpensAt):
		return BeforeDrop
	case sale.ClosesAt != nil && !now.Before(*sale.ClosesAt):
		return DropClosed
	}
	return DropOpen
}

// readSeconds reads the curve: it ends with the last whole second, or, once
// nothing has come for as long as it tells, with the last that brought
// anything. Thus whoever looks an hour later still sees the drop.
func (d *Drop) readSeconds(tx *storage.Tx) error {
	var last sql.NullInt64
	err := tx.Raw("SELECT MAX(at) FROM order_counts WHERE campaign_id = ? AND span = ?", d.Campaign.ID, second).Scan(&last).Error
	if err != nil {
		return err
	}
	end := tx.Now.Unix()
	if last.Valid && last.Int64 < end-dropWindow {
		end = last.Int64 + 1
	}
	var rows []struct{ At, Orders int64 }
	err = tx.Raw(`SELECT at, CAST(SUM(orders) AS BIGINT) AS orders FROM order_counts
WHERE campaign_id = ? AND span = ? AND at >= ? AND at < ? GROUP BY at`, d.Campaign.ID, second, end-dropWindow, end).Scan(&rows).Error
	d.Until, d.PerSecond = time.Unix(end, 0).UTC(), make([]int64, dropWindow)
	for _, row := range rows {
		d.PerSecond[row.At-(end-dropWindow)] = row.Orders
	}
	return err
}

// divide shares the sums among the networks and the posts, the most orders
// first.
func (d *Drop) divide(posts []campaigns.Post) {
	texts := make(map[int64]string, len(posts))
	for _, p := range posts {
		texts[p.ID] = p.Text
	}
	for _, delivery := range d.ByDelivery {
		d.Networks = addPart(d.Networks, DropPart{Network: delivery.Network, Counts: delivery.Counts})
		d.Posts = addPart(d.Posts, DropPart{PostID: delivery.PostID, Text: texts[delivery.PostID], Counts: delivery.Counts})
	}
	mostFirst := func(a, b DropPart) int { return cmp.Compare(b.Orders, a.Orders) }
	slices.SortStableFunc(d.Networks, mostFirst)
	slices.SortStableFunc(d.Posts, mostFirst)
}

func addPart(parts []DropPart, part DropPart) []DropPart {
	for i := range parts {
		if parts[i].Network == part.Network && parts[i].PostID == part.PostID {
			parts[i].add(part.Counts)
			return parts
		}
	}
	counts := part.Counts
	part.Counts = Counts{Revenue: []orders.Money{}} // its revenue is the delivery's own
	part.add(counts)
	return append(parts, part)
}
