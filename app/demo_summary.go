package app

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strings"
	"time"

	"fanfare/accounts"
	"fanfare/campaigns"
	"fanfare/campaigns/reports"
	"fanfare/connectors"
	"fanfare/connectors/sandbox"
	"fanfare/storage"
)

// Summary is what the demo's parties saw: the networks, the store and the
// database, each counting for itself. OK is true only if they agree.
type Summary struct {
	Posts struct {
		Due        int            `json:"due"`
		Published  int            `json:"published"` // as the networks count
		ByNetwork  map[string]int `json:"by_network"`
		Duplicates int            `json:"duplicates"`
		LatenessMS struct {
			P50 float64 `json:"p50"`
			P99 float64 `json:"p99"`
			Max float64 `json:"max"`
		} `json:"lateness_ms"` // arrival at the network minus due
	} `json:"posts"`
	Clicks struct {
		Sent     int64 `json:"sent"`
		Recorded int64 `json:"recorded"`
	} `json:"clicks"`
	Orders struct {
		Sent              int64   `json:"sent"`
		Accepted          int64   `json:"accepted"`
		Attributed        int64   `json:"attributed"`
		Unattributed      int64   `json:"unattributed"`
		DuplicatesRefused int64   `json:"duplicates_refused"` // answered 200 or 409: stored once
		Seconds           float64 `json:"seconds"`
		PerSecond         float64 `json:"per_second"`

		storeAttributed int64 // by the store's own books
	} `json:"orders"`
	Ideas struct {
		Submitted int64 `json:"submitted"`
		Votes     int64 `json:"votes"`
		Ranked    int64 `json:"ranked"`

		fansVotes int64 // as the fans remember
	} `json:"ideas"`
	OK bool `json:"ok"`

	checks []check
}

// check is one pair of counts that must agree.
type check struct {
	what      string
	got, want int64
}

func (s *Summary) mustEqual(what string, got, want int64) {
	s.checks = append(s.checks, check{what, got, want})
}

// disagreements names the counts that do not agree.
func (s *Summary) disagreements() string {
	var wrong []string
	for _, c := range s.checks {
		if c.got != c.want {
			wrong = append(wrong, fmt.Sprintf("%s is %d, not %d", c.what, c.got, c.want))
		}
	}
	return strings.Join(wrong, "; ")
}

// count asks each party and compares.
func (d *demo) count(ctx context.Context) error {
	d.countPosts()
	if err := d.countOrders(ctx); err != nil {
		return err
	}
	if err := d.countIdeas(ctx); err != nil {
		return err
	}
	d.summary.OK = d.summary.disagreements() == ""
	return nil
}

// countPosts compares what arrived at the networks with what the service
// believes to have published.
func (d *demo) countPosts() {
	s := &d.summary.Posts
	due := map[string]time.Time{} // by link
	believed := 0
	for _, delivery := range d.deliveries() {
		due[delivery.URL] = delivery.DueAt
		if delivery.State == campaigns.Published {
			believed++
		}
	}
	arrived := map[string][]sandbox.Post{connectors.Twitter: d.x.Posts(), connectors.Weibo: d.weibo.Posts()}
	s.ByNetwork = map[string]int{}
	seen := map[string]bool{}
	var lateness []float64
	for network, posts := range arrived {
		s.ByNetwork[network] = len(posts)
		s.Published += len(posts)
		for _, post := range posts {
			link := linkIn(post.Text)
			if seen[link] {
				s.Duplicates++
			}
			seen[link] = true
			lateness = append(lateness, float64(post.At.Sub(due[link]))/float64(time.Millisecond))
		}
	}
	slices.Sort(lateness)
	s.LatenessMS.P50, s.LatenessMS.P99, s.LatenessMS.Max = quantile(lateness, 0.5), quantile(lateness, 0.99), quantile(lateness, 1)
	d.summary.mustEqual("posts at the networks", int64(s.Published), int64(s.Due))
	d.summary.mustEqual("published by the database", int64(believed), int64(s.Due))
	d.summary.mustEqual("duplicate posts", int64(s.Duplicates), 0)
	d.summary.mustEqual("links among the posts", int64(len(seen)), int64(s.Due))
}

// linkIn gives the campaign link in a text.
func linkIn(text string) string {
	for word := range strings.FieldsSeq(text) {
		if strings.HasPrefix(word, "http://") || strings.HasPrefix(word, "https://") {
			return word
		}
	}
	return ""
}

// quantile gives the q-quantile of sorted values by the nearest rank.
func quantile(sorted []float64, q float64) float64 {
	if len(sorted) == 0 {
		return 0
	}
	return math.Round(1000*sorted[max(0, int(math.Ceil(q*float64(len(sorted))))-1)]) / 1000
}

// countOrders compares the store's books with the campaigns' reports and with
// the rows in the database.
func (d *demo) countOrders(ctx context.Context) error {
	s := &d.summary
	deadline := time.Now().Add(5 * time.Second)
	for { // clicks are committed a moment after their redirect
		s.Clicks.Recorded, s.Orders.Attributed = 0, 0
		for _, c := range d.campaign {
			var report reports.Report
			if _, err := d.api.do(ctx, http.MethodGet, fmt.Sprintf("/api/v1/campaigns/%d/report", c.id), 0, nil, &report); err != nil {
				return err
			}
			s.Clicks.Recorded += report.Clicks
			s.Orders.Attributed += report.Orders
		}
		if s.Clicks.Recorded >= s.Clicks.Sent || time.Now().After(deadline) {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	var rows int64
	err := d.app.DB.Read(ctx, func(tx *storage.Tx) error {
		if err := tx.Table("orders").Count(&rows).Error; err != nil {
			return err
		}
		return tx.Table("orders").Where("campaign_id IS NULL").Count(&s.Orders.Unattributed).Error
	})
	s.mustEqual("clicks recorded", s.Clicks.Recorded, s.Clicks.Sent)
	s.mustEqual("orders accepted and refused", s.Orders.Accepted+s.Orders.DuplicatesRefused, s.Orders.Sent)
	s.mustEqual("orders in the database", rows, s.Orders.Accepted)
	s.mustEqual("orders attributed and not", s.Orders.Attributed+s.Orders.Unattributed, s.Orders.Accepted)
	s.mustEqual("orders attributed in the reports", s.Orders.Attributed, s.Orders.storeAttributed)
	return err
}

// countIdeas compares what the fans did with the list and with the ranking as
// exported.
func (d *demo) countIdeas(ctx context.Context) error {
	s := &d.summary
	var list struct{ Items []struct{ Votes int64 } }
	if _, err := d.api.do(ctx, http.MethodGet, "/api/v1/ideas?limit=100", 0, nil, &list); err != nil {
		return err
	}
	for _, idea := range list.Items {
		s.Ideas.Votes += idea.Votes
	}
	var ranking struct{ Items []json.RawMessage }
	if _, err := d.api.do(ctx, http.MethodGet, "/api/v1/ideas/export?format=json&sort=top", 0, nil, &ranking); err != nil {
		return err
	}
	s.Ideas.Ranked = int64(len(ranking.Items))
	s.mustEqual("ideas listed", int64(len(list.Items)), s.Ideas.Submitted)
	s.mustEqual("ideas ranked", s.Ideas.Ranked, s.Ideas.Submitted)
	s.mustEqual("votes counted", s.Ideas.Votes, s.Ideas.fansVotes)
	return nil
}

// printSummary tells the figures to people.
func (d *demo) printSummary() {
	s, p := d.summary, func(format string, args ...any) { fmt.Fprintf(d.tell, format, args...) }
	p("\n  Posts     %d due, %d published (X %d, Weibo %d), %d twice; late by %.0f ms in the middle, %.0f ms at most\n",
		s.Posts.Due, s.Posts.Published, s.Posts.ByNetwork[connectors.Twitter], s.Posts.ByNetwork[connectors.Weibo],
		s.Posts.Duplicates, s.Posts.LatenessMS.P50, s.Posts.LatenessMS.Max)
	p("  Clicks    %d sent, %d recorded\n", s.Clicks.Sent, s.Clicks.Recorded)
	p("  Orders    %d sent in %.1f s (%.0f a second): %d accepted, %d repeats refused\n",
		s.Orders.Sent, s.Orders.Seconds, s.Orders.PerSecond, s.Orders.Accepted, s.Orders.DuplicatesRefused)
	p("            %d attributed to a post, %d not, each with its reason\n", s.Orders.Attributed, s.Orders.Unattributed)
	p("  Ideas     %d submitted, %d votes, %d ranked\n\n", s.Ideas.Submitted, s.Ideas.Votes, s.Ideas.Ranked)
	if s.OK {
		p("  Every count adds up.\n\n")
	} else {
		p("  The counts do not add up: %s\n\n", s.disagreements())
	}
}

// printAddresses tells where to look while the demo stays up.
func (d *demo) printAddresses() {
	p := func(format string, args ...any) { fmt.Fprintf(d.tell, format, args...) }
	p("  Fanfare   %s\n  X         %s   (sandbox)\n  Weibo     %s   (sandbox)\n\n", d.config.PublicURL, d.xURL, d.weiboURL)
	p("  Sign in with the password %s as\n", d.password)
	for _, person := range demoStaff {
		p("    %-28s %s\n", person.Email, roleInWords[person.Role])
	}
	p("\n  Ctrl-C ends the demo and removes its folder.\n")
}

var roleInWords = map[accounts.Role]string{
	accounts.Admin:     "everything",
	accounts.Marketing: "the calendar, campaigns, orders",
	accounts.Product:   "the ranking of ideas, in Chinese",
	accounts.Moderator: "the forum, in traditional Chinese",
}
