package campaigns

import (
	"cmp"
	"context"
	"slices"
	"time"

	"fanfare/campaigns/orders"

	"golang.org/x/sync/errgroup"
)

const (
	preflightWithin   = 15 * time.Second // in all
	preflightParallel = 8                // calls to the outside at once
)

// Preflight is what was found about a campaign before it runs.
type Preflight struct {
	CampaignID int64         `json:"campaign_id"`
	At         time.Time     `json:"at"`
	FirstDueAt *time.Time    `json:"first_due_at,omitempty" doc:"When the next post is due."`
	Ready      bool          `json:"ready" doc:"There is no problem."`
	Problems   int           `json:"problems"`
	Warnings   int           `json:"warnings"`
	Cost       *orders.Money `json:"cost,omitempty" doc:"What the networks will charge for the posts to come, where the app pays per use."`
	Findings   []Finding     `json:"findings" doc:"Problems first within each group."`
}

// Verdict is how bad a finding is.
type Verdict string

// The verdicts.
const (
	VerdictOK      Verdict = "ok"
	VerdictWarning Verdict = "warning" // it works, but somebody should look
	VerdictProblem Verdict = "problem" // something of the campaign would go wrong
)

// Finding is one line of a pre-flight.
type Finding struct {
	Group   string         `json:"group" enum:"posts,accounts,links,sale,cost,machine"`
	Code    string         `json:"code"` // "preflight."+Code is the key of its words
	Verdict Verdict        `json:"verdict" enum:"ok,warning,problem"`
	About   string         `json:"about,omitempty" doc:"An account's handle, the first words of a post, a host."`
	Subject string         `json:"subject,omitempty" doc:"What is to be mended, such as \"post 12\"."`
	Found   string         `json:"found"`
	ToDo    string         `json:"to_do,omitempty"`
	Args    map[string]any `json:"-"` // for the words: text, numbers, time.Time, Money, one or more connectors.Problem
}

// check is one part of a pre-flight that asks the outside.
type check func(ctx context.Context) []Finding

// Preflight examines a campaign before it runs: its accounts, posts, images, links,
// sale and costs, and the machine it runs on. Networks and hosts are asked in
// parallel, outside any transaction, for 15 s at the most; one that does not
// answer is a finding. It returns NotFound without such a campaign.
func (s *Service) Preflight(ctx context.Context, campaignID int64) (Preflight, error) {
	b, err := s.readBriefing(ctx, campaignID)
	if err != nil {
		return Preflight{}, err
	}
	findings := slices.Concat(b.postFindings(), b.pauseFindings(), b.textFindings(s.networks), b.saleFindings())
	cost, costFinding := b.cost(s.networks)
	findings = append(findings, costFinding...)

	var checks []check
	for _, account := range b.accounts {
		checks = append(checks, s.accountCheck(b, account), s.linkCheck(b, account))
	}
	checks = append(checks, s.storeCheck(b), s.imageCheck(b))
	if s.machine != nil {
		checks = append(checks, func(ctx context.Context) []Finding { return s.machine(ctx, b.accounts) })
	}
	findings = mergeSilent(append(findings, runChecks(ctx, checks)...))
	return summarize(Preflight{CampaignID: campaignID, At: b.now, FirstDueAt: b.firstDue(), Cost: cost, Findings: findings}), nil
}

// runChecks gives what the checks find, in their order.
func runChecks(ctx context.Context, checks []check) []Finding {
	ctx, cancel := context.WithTimeout(ctx, preflightWithin)
	defer cancel()
	found := make([][]Finding, len(checks))
	var group errgroup.Group
	group.SetLimit(preflightParallel)
	for i, check := range checks {
		group.Go(func() error {
			found[i] = check(ctx)
			return nil
		})
	}
	_ = group.Wait() // checks return findings, never errors
	return slices.Concat(found...)
}

var (
	groupOrder   = []string{"posts", "accounts", "links", "sale", "cost", "machine"}
	verdictOrder = []Verdict{VerdictProblem, VerdictWarning, VerdictOK}
)

// summarize counts the findings and puts them in order: by group, and the
// worst first in each.
func summarize(p Preflight) Preflight {
	slices.SortStableFunc(p.Findings, func(a, b Finding) int {
		return cmp.Or(
			cmp.Compare(slices.Index(groupOrder, a.Group), slices.Index(groupOrder, b.Group)),
			cmp.Compare(slices.Index(verdictOrder, a.Verdict), slices.Index(verdictOrder, b.Verdict)),
		)
	})
	for _, f := range p.Findings {
		switch f.Verdict {
		case VerdictProblem:
			p.Problems++
		case VerdictWarning:
			p.Warnings++
		}
	}
	p.Ready = p.Problems == 0
	return p
}
