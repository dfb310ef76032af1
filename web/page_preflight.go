package web

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"fanfare/accounts"
	"fanfare/campaigns"
	"fanfare/campaigns/orders"
	"fanfare/campaigns/reports"
	"fanfare/connectors"
)

// preflightPage is what was found about a campaign before it runs.
type preflightPage struct {
	campaigns.Preflight
	Campaign campaigns.Campaign
	Groups   []findingGroup // those with problems first
	Last     *reports.Rehearsal
	renewals map[string]string // where to sign in again, by subject
}

// findingGroup is what was found of one kind, the worst first.
type findingGroup struct {
	Name     string
	Findings []campaigns.Finding
	More     int // that are not shown; none is worse
}

// findingsMost is how many findings of a kind are shown: a campaign of ten
// thousand posts has three times as many.
const findingsMost = 50

func (s *Server) preflight(c *gin.Context) {
	page, err := s.preflightPage(c)
	if err != nil {
		s.fail(c, err)
		return
	}
	s.render(c, http.StatusOK, "preflight", page)
}

func (s *Server) preflightPage(c *gin.Context) (page preflightPage, err error) {
	id, err := pathID(c, "id")
	if err != nil {
		return page, err
	}
	ctx := c.Request.Context()
	if page.Campaign, err = s.Campaigns.Campaign(ctx, id); err != nil {
		return page, err
	}
	page.Preflight, err = s.Campaigns.Preflight(ctx, id)
	page.Groups, page.Last = groupFindings(page.Findings), s.Rehearsal(id)
	if err != nil {
		return page, err
	}
	social, err := s.Accounts.NetworkAccounts(ctx)
	page.renewals = make(map[string]string)
	for _, account := range social {
		if account.Renewal != accounts.RenewByKeys {
			page.renewals[fmt.Sprintf("account %d", account.ID)] = fmt.Sprintf("/settings/accounts/%d/renew", account.ID)
		}
	}
	return page, err
}

// RenewPath is where a person signs in again to mend a finding; "" where that
// would not help.
func (p preflightPage) RenewPath(f campaigns.Finding) string {
	switch f.Code {
	case "account_refused", "account_problem", "account_other", "token_tight", "token_short", "token_ended":
		return p.renewals[f.Subject]
	}
	return ""
}

// groupFindings splits findings that are in order, and puts first what needs
// somebody.
func groupFindings(findings []campaigns.Finding) (groups []findingGroup) {
	for _, f := range findings {
		if len(groups) == 0 || groups[len(groups)-1].Name != f.Group {
			groups = append(groups, findingGroup{Name: f.Group})
		}
		last := &groups[len(groups)-1]
		last.Findings = append(last.Findings, f)
	}
	for i := range groups {
		if g := &groups[i]; len(g.Findings) > findingsMost {
			g.Findings, g.More = g.Findings[:findingsMost], len(g.Findings)-findingsMost
		}
	}
	rank := map[campaigns.Verdict]int{campaigns.VerdictProblem: 0, campaigns.VerdictWarning: 1, campaigns.VerdictOK: 2}
	slices.SortStableFunc(groups, func(a, b findingGroup) int {
		return cmp.Compare(rank[a.Findings[0].Verdict], rank[b.Findings[0].Verdict])
	})
	return groups
}

// sayFinding says what was found; with the ending "_do", what to do about it.
func sayFinding(w *words, locale string, c clock, f campaigns.Finding, ending string) string {
	fallback := f.Found
	if ending != "" {
		if f.ToDo == "" {
			return ""
		}
		fallback = f.ToDo
	}
	args := make(map[string]any, len(f.Args))
	for name, value := range f.Args {
		args[name] = sayValue(w, locale, c, name, value)
	}
	return w.sayOr(locale, "preflight."+f.Code+ending, fallback, args)
}

// sayAbout says what a finding is about. Of the machine it is a network.
func sayAbout(w *words, locale string, f campaigns.Finding) string {
	if f.Group == "machine" {
		return networkName(w, locale, f.About)
	}
	return f.About
}

// networkName says a network whose English name is told; anything else stays.
func networkName(w *words, locale, told string) string {
	for _, network := range []string{connectors.Twitter, connectors.Weibo} {
		if w.sayOr("en", "network."+network, "", nil) == told {
			return w.sayOr(locale, "network."+network, told, nil)
		}
	}
	return told
}

// sayTold says a span that is told as "15 min" or "1 h".
func sayTold(w *words, locale, told string) string {
	span, err := time.ParseDuration(strings.NewReplacer(" ", "", "min", "m").Replace(told))
	if err == nil {
		if said, sayErr := sayLateness(w, locale, float64(span.Milliseconds())); sayErr == nil {
			return said
		}
	}
	return told
}

// sayValue writes a value of a finding as the reader's language does.
func sayValue(w *words, locale string, c clock, name string, value any) any {
	switch v := value.(type) {
	case string:
		switch name {
		case "Network":
			return networkName(w, locale, v)
		case "Span":
			return sayTold(w, locale, v)
		}
	case time.Time:
		return c.DayTime(v)
	case time.Duration:
		return formatNumber(locale, v.Seconds()) + " s"
	case orders.Money:
		return formatMoney(locale, v.Total, v.Currency)
	case int, int64:
		return formatNumber(locale, v)
	case []connectors.Problem:
		sentences := make([]string, len(v))
		for i, problem := range v {
			sentences[i] = w.sayOr(locale, problem.Key, problem.Message, problem.Args)
		}
		return strings.Join(sentences, sentenceGap(locale))
	}
	return value
}
