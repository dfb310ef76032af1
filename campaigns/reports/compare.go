package reports

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"fanfare/campaigns/orders"
	"fanfare/fault"
	"fanfare/storage"
)

// Comparison is by what a comparison groups.
type Comparison string

// The comparisons, over all campaigns.
const (
	CompareNetworks  Comparison = "network"
	CompareCampaigns Comparison = "campaign"
	ComparePosts     Comparison = "post"
	CompareMarkets   Comparison = "market"
	CompareLanguages Comparison = "language"
)

// Comparisons are all of them.
var Comparisons = []Comparison{CompareNetworks, CompareCampaigns, ComparePosts, CompareMarkets, CompareLanguages}

// CompareQuery says what to compare.
type CompareQuery struct {
	By   Comparison
	From time.Time // whole hours are compared; zero is from the beginning
	To   time.Time // exclusive; zero is until now
}

// Compared is what one network, campaign, post, market or language brought.
type Compared struct {
	Key   string `json:"key" doc:"The network, the id of the campaign or post, the market (ISO 3166-1), or the language (BCP 47) as far as the script tells it: zh, ja, ko, und-Latn, or und."`
	Label string `json:"label,omitempty" doc:"The campaign's name, the post's text."`
	Posts int64  `json:"posts" doc:"Posts, each counted once for each account."`
	Counts
}

// Compare tells what each of its kind brought, over all campaigns, the most
// orders first. It reads sums by the hour. It returns Invalid naming by, or a to
// that is not after from.
func (s *Service) Compare(ctx context.Context, q CompareQuery) ([]Compared, error) {
	var wrong fault.Fields
	if !slices.Contains(Comparisons, q.By) {
		wrong.Add("by", "report.compare_by", "Compare by network, campaign, post, market or language.", string(q.By), nil)
	}
	if !q.To.IsZero() && !q.To.After(q.From) {
		wrong.Add("to", "report.to_early", "The end must come after the beginning.", q.To, nil)
	}
	if err := wrong.Err(); err != nil {
		return nil, err
	}
	var compared []Compared
	err := s.db.Read(ctx, func(tx *storage.Tx) (err error) {
		compared, err = compare(tx, q)
		return err
	})
	return compared, err
}

// comparedDelivery is a delivery with what it can be grouped by.
type comparedDelivery struct {
	ID, PostID, CampaignID int64
	Network, Text, Words   string // Words is the post's, without a link
	Campaign, Market       string
}

const (
	comparedDeliveries = `SELECT d.id, d.post_id, d.campaign_id, d.network, d.text, p.text AS words, c.name AS campaign, s.market
FROM deliveries d JOIN posts p ON p.id = d.post_id JOIN campaigns c ON c.id = d.campaign_id JOIN sales s ON s.id = c.sale_id
ORDER BY d.id`

	// Chosen by campaign and by link, so that each takes its hours from the key
	// and passes over the seconds.
	comparedOrders = `SELECT delivery_id, currency, CAST(SUM(orders) AS BIGINT) AS orders,
  CAST(SUM(units) AS BIGINT) AS units, CAST(SUM(total) AS BIGINT) AS total
FROM order_counts WHERE campaign_id IN (SELECT id FROM campaigns) AND span = ? AND at >= ? AND at < ?
GROUP BY delivery_id, currency HAVING SUM(orders) > 0 OR SUM(units) > 0 OR SUM(total) > 0`

	comparedClicks = `SELECT l.delivery_id, CAST(SUM(n.people) AS BIGINT) AS clicks
FROM links l JOIN click_counts n ON n.link_id = l.id WHERE n.span = ? AND n.at >= ? AND n.at < ? GROUP BY l.delivery_id`
)

func compare(tx *storage.Tx, q CompareQuery) ([]Compared, error) {
	var deliveries []comparedDelivery
	var clicks []struct{ DeliveryID, Clicks int64 }
	var sold []struct {
		DeliveryID, Orders, Units, Total int64
		Currency                         string
	}
	from, to := int64(0), tx.Now.Unix()+1
	if !q.From.IsZero() {
		from = q.From.Truncate(time.Hour).Unix()
	}
	if !q.To.IsZero() {
		to = q.To.Unix()
	}
	err := cmp.Or(
		tx.Raw(comparedDeliveries).Scan(&deliveries).Error,
		tx.Raw(comparedClicks, hour, from, to).Scan(&clicks).Error,
		tx.Raw(comparedOrders, hour, from, to).Scan(&sold).Error,
	)
	if err != nil {
		return nil, err
	}
	counts := make(map[int64]Counts, len(deliveries))
	for _, row := range clicks {
		counts[row.DeliveryID] = Counts{Clicks: row.Clicks}
	}
	for _, row := range sold {
		sum := counts[row.DeliveryID]
		sum.add(Counts{Orders: row.Orders, Units: row.Units, Revenue: []orders.Money{{Currency: row.Currency, Total: row.Total}}})
		counts[row.DeliveryID] = sum
	}
	return q.By.group(deliveries, counts), nil
}

// group adds up the deliveries that belong together.
func (by Comparison) group(deliveries []comparedDelivery, counts map[int64]Counts) []Compared {
	compared := []Compared{}
	places := make(map[string]int)
	for _, d := range deliveries {
		key, label := by.keyOf(d)
		place, known := places[key]
		if !known {
			place, places[key] = len(compared), len(compared)
			compared = append(compared, Compared{Key: key, Label: label, Counts: Counts{Revenue: []orders.Money{}}})
		}
		compared[place].Posts++
		compared[place].add(counts[d.ID])
	}
	slices.SortStableFunc(compared, func(a, b Compared) int {
		return cmp.Or(cmp.Compare(b.Orders, a.Orders), cmp.Compare(b.Clicks, a.Clicks))
	})
	return compared
}

func (by Comparison) keyOf(d comparedDelivery) (key, label string) {
	switch by {
	case CompareCampaigns:
		return fmt.Sprint(d.CampaignID), d.Campaign
	case ComparePosts:
		return fmt.Sprint(d.PostID), d.Words
	case CompareMarkets:
		return d.Market, ""
	case CompareLanguages:
		return languageOf(d.Text), ""
	}
	return d.Network, ""
}
