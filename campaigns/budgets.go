package campaigns

import (
	"context"
	"time"

	"fanfare/connectors"
	"fanfare/storage"
)

// Budget is how one limit of an account's network stands.
type Budget struct {
	AccountID int64             `json:"account_id"`
	Limit     string            `json:"limit" doc:"Its name, unlike those of the account's other limits."`
	Calls     []connectors.Call `json:"calls" doc:"What counts against it: publish, find, counts, verify, upload, renew."`
	PerApp    bool              `json:"per_app" doc:"All accounts of the app share it."`
	Span      time.Duration     `json:"-"`
	Used      int64             `json:"used"`
	Most      int64             `json:"limit_calls" doc:"Calls in a window; 0 when only the network knows."`
	ResetsAt  *time.Time        `json:"resets_at,omitempty" doc:"When the window ends; missing while nothing is used."`
}

// Left is how many calls remain.
func (b Budget) Left() int64 { return max(b.Most-b.Used, 0) }

// Budgets tells how the limits of all accounts stand, in the accounts' order.
// Limits that nobody knows are left out, unless the network said that they are
// spent.
func (s *Service) Budgets(ctx context.Context) ([]Budget, error) {
	list, err := s.accounts.NetworkAccounts(ctx)
	if err != nil {
		return nil, err
	}
	var open []limited
	for _, account := range list {
		if network, known := s.networks[account.Network]; known {
			_, credentials, err := s.accounts.NetworkAccount(ctx, account.ID)
			if err != nil {
				s.log.Warn("the limits of an account are not known", "account", account.ID, "error", err)
				continue
			}
			open = append(open, limited{account.ID, network.Limits(credentials)})
		}
	}
	rows := make(map[budgetKey]budget)
	var now time.Time
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		var found []budget
		err := tx.Where("resets_at > ? OR most > 0", tx.Now).Find(&found).Error
		for _, b := range found {
			rows[budgetKey{b.Owner, b.Name}] = b
		}
		now = tx.Now
		return err
	})
	budgets := []Budget{}
	for _, account := range open {
		for i, key := range account.keys() {
			if b, known := describe(rows[key], account.limits[i], now); known {
				b.AccountID = account.accountID
				budgets = append(budgets, b)
			}
		}
	}
	return budgets, err
}

// describe tells of a budget; known is false when there is nothing to tell.
func describe(row budget, l connectors.Limit, now time.Time) (b Budget, known bool) {
	b = Budget{Limit: l.Name, Calls: l.Calls, PerApp: l.App != "", Span: l.Span, Most: row.most(l)}
	if row.over(now) {
		return b, b.Most > 0
	}
	b.ResetsAt = &row.ResetsAt
	b.Used = max(b.Most-row.Remaining, 0)
	return b, b.Most > 0 || row.Remaining == 0
}
