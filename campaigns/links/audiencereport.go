package links

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/axiomhq/hyperloglog"

	"fanfare/storage"
)

// mostReferrers is how many hosts a report tells apart.
const mostReferrers = 20

// AudiencePart is the people who have something in common.
type AudiencePart struct {
	Value  string `json:"value"`
	People int64  `json:"people" doc:"Their clicks."`
}

// Audience tells where people came from, without the bots. The lists begin with
// the most.
type Audience struct {
	People    int64          `json:"people" doc:"Clicks of people of whom this is known."`
	Visitors  int64          `json:"visitors" doc:"Different people, within about 2 %: who comes on several days counts on each of them (UTC)."`
	Countries []AudiencePart `json:"countries" doc:"ISO 3166-1 alpha-2, or unknown."`
	Devices   []AudiencePart `json:"devices" doc:"phone, tablet, computer or other."`
	Referrers []AudiencePart `json:"referrers" doc:"x, weibo, a host, direct for none, or other."`
}

// Audience tells where the people came from who followed a campaign's links. It
// returns NotFound for a campaign that is not there.
func (s *Service) Audience(ctx context.Context, campaignID int64) (audience Audience, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		var id int64
		if err := tx.Table("campaigns").Select("id").Where("id = ?", campaignID).Take(&id).Error; err != nil {
			return err
		}
		audience, err = audienceOf(tx, "campaign_id = ?", campaignID)
		return err
	})
	return audience, err
}

// PostAudience is Audience of one post. It returns NotFound for a post that is
// not there.
func (s *Service) PostAudience(ctx context.Context, postID int64) (audience Audience, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		var campaignID int64 // by which links are indexed
		if err := tx.Table("posts").Select("campaign_id").Where("id = ?", postID).Take(&campaignID).Error; err != nil {
			return err
		}
		audience, err = audienceOf(tx, "campaign_id = ? AND post_id = ?", campaignID, postID)
		return err
	})
	return audience, err
}

const audienceSums = `SELECT kind, value, CAST(SUM(people) AS BIGINT) AS people FROM click_audience
WHERE link_id IN (SELECT id FROM links WHERE %s) GROUP BY kind, value`

// audienceOf tells it of the links that meet a condition.
func audienceOf(tx *storage.Tx, where string, args ...any) (Audience, error) {
	audience := Audience{Countries: []AudiencePart{}, Devices: []AudiencePart{}, Referrers: []AudiencePart{}}
	var rows []struct {
		Kind string
		AudiencePart
	}
	if err := tx.Raw(fmt.Sprintf(audienceSums, where), args...).Scan(&rows).Error; err != nil {
		return Audience{}, err
	}
	for _, row := range rows {
		switch row.Kind {
		case "country":
			audience.Countries = append(audience.Countries, row.AudiencePart)
		case "device":
			audience.Devices = append(audience.Devices, row.AudiencePart)
			audience.People += row.People
		case "referrer":
			audience.Referrers = append(audience.Referrers, row.AudiencePart)
		}
	}
	sortParts(audience.Countries)
	sortParts(audience.Devices)
	audience.Referrers = topParts(audience.Referrers)
	var err error
	audience.Visitors, err = countVisitors(tx, where, args)
	return audience, err
}

func sortParts(parts []AudiencePart) {
	slices.SortFunc(parts, func(a, b AudiencePart) int {
		return cmp.Or(cmp.Compare(b.People, a.People), cmp.Compare(a.Value, b.Value))
	})
}

// topParts sorts hosts and adds up those that come after the first ones, with
// what was not told apart from the beginning; these stand last.
func topParts(parts []AudiencePart) []AudiencePart {
	other := AudiencePart{Value: OtherReferrer}
	sortParts(parts)
	top := make([]AudiencePart, 0, len(parts))
	for _, p := range parts {
		if p.Value == OtherReferrer || len(top) >= mostReferrers {
			other.People += p.People
		} else {
			top = append(top, p)
		}
	}
	if other.People > 0 {
		top = append(top, other)
	}
	return top
}

// countVisitors adds up the days; on each of them a visitor of several links is
// one.
func countVisitors(tx *storage.Tx, where string, args []any) (count int64, err error) {
	rows, err := tx.Raw(fmt.Sprintf("SELECT day, sketch FROM click_visitors WHERE link_id IN (SELECT id FROM links WHERE %s) ORDER BY day", where), args...).Rows()
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	var today int64
	all := &hyperloglog.Sketch{} // empty
	for rows.Next() {
		var day int64
		var data []byte
		if err := rows.Scan(&day, &data); err != nil {
			return 0, err
		}
		sketch, err := parseSketch(data)
		if err != nil {
			return 0, err
		}
		if day != today {
			count += int64(all.Estimate())
			today, all = day, newSketch()
		}
		if err := all.Merge(sketch); err != nil {
			return 0, err
		}
	}
	return count + int64(all.Estimate()), rows.Err()
}
