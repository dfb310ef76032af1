package campaigns

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"time"

	"gorm.io/gorm/clause"

	"fanfare/accounts"
	"fanfare/fault"
	"fanfare/media"
	"fanfare/storage"
)

const (
	maxPast       = time.Minute // "post now" may take its time to get here
	maxAheadYears = 2
)

// plan is a draft together with what it refers to.
type plan struct {
	PostDraft
	campaign Campaign
	sale     Sale
	accounts []accounts.NetworkAccount
	images   map[string]media.Image // by hash
}

// newPlan looks up what a draft refers to and checks it as far as that can be
// done without its links.
func newPlan(tx *storage.Tx, draft PostDraft) (plan, error) {
	p := plan{PostDraft: draft}
	if err := tx.First(&p.campaign, draft.CampaignID).Error; err != nil {
		return plan{}, err
	}
	if err := tx.First(&p.sale, p.campaign.SaleID).Error; err != nil {
		return plan{}, err
	}
	// Locked, so that two posts with the same text do not pass one another.
	err := tx.Clauses(clause.Locking{Strength: "NO KEY UPDATE"}).Omit("sealed").
		Where("id IN ?", draft.Accounts).Order("id").Find(&p.accounts).Error
	if err != nil {
		return plan{}, err
	}
	if err := p.findImages(tx); err != nil {
		return plan{}, err
	}
	return p, p.check(tx.Now)
}

func (p plan) check(now time.Time) error {
	var wrong fault.Fields
	checkText(&wrong, "text", p.Text)
	for _, id := range sortedKeys(p.Variants) {
		checkText(&wrong, variantField(id), p.Variants[id])
		if !slices.Contains(p.Accounts, id) {
			wrong.Add(variantField(id), "post.variant_account", "This text is for an account that is not chosen.", nil, nil)
		}
	}
	p.checkMedia(&wrong)
	p.checkAccounts(&wrong)
	checkTimes(&wrong, p.DueAt, p.ExpiresAfter, now)
	if p.Priority < -MaxPriority || p.Priority > MaxPriority {
		wrong.Add("priority", "post.priority", "The priority must be between -9 and 9.", p.Priority, fault.Args{"Max": MaxPriority})
	}
	return wrong.Err()
}

func (p plan) checkAccounts(wrong *fault.Fields) {
	distinct := make(map[int64]bool, len(p.Accounts))
	for _, id := range p.Accounts {
		distinct[id] = true
	}
	switch {
	case len(p.Accounts) == 0:
		wrong.Add("accounts", "post.no_accounts", "Choose at least one account.", nil, nil)
	case len(distinct) < len(p.Accounts):
		wrong.Add("accounts", "post.account_twice", "An account is chosen twice.", p.Accounts, nil)
	case len(p.accounts) < len(distinct):
		wrong.Add("accounts", "post.unknown_account", "One of these accounts does not exist.", p.Accounts, nil)
	}
}

func checkTimes(wrong *fault.Fields, dueAt time.Time, expiresAfter time.Duration, now time.Time) {
	switch {
	case dueAt.Before(now.Add(-maxPast)):
		wrong.Add("due_at", "post.due_past", "The post would be due in the past.", dueAt, nil)
	case dueAt.After(now.AddDate(maxAheadYears, 0, 0)):
		wrong.Add("due_at", "post.due_far", "A post can be scheduled two years ahead at the most.", dueAt, fault.Args{"Years": maxAheadYears})
	}
	if expiresAfter < 0 {
		wrong.Add("expires_after", "post.expires_after", "A post cannot expire before it is due.", expiresAfter.String(), nil)
	}
}

// textFor gives the text for an account, and the field that it came from.
func (p plan) textFor(accountID int64) (field, text string) {
	if variant, ok := p.Variants[accountID]; ok {
		return variantField(accountID), variant
	}
	return "text", p.Text
}

func variantField(accountID int64) string { return "variants." + strconv.FormatInt(accountID, 10) }

func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }
