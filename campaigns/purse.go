package campaigns

import (
	"cmp"
	"context"
	"slices"
	"time"

	"gorm.io/gorm/clause"

	"fanfare/connectors"
	"fanfare/storage"
)

// purse holds the budgets that a transaction has locked. To keep two
// transactions from waiting for each other, it is opened before any delivery
// is locked.
type purse struct {
	now      time.Time
	rows     map[budgetKey]budget
	changed  map[budgetKey]bool
	underWay map[int64]int64 // calls to publish by account, where a window has just ended
}

type budgetKey struct{ owner, name string }

// openPurse locks the budgets that a call of these accounts counts against,
// and makes those that are missing: few statements, however many accounts.
func openPurse(tx *storage.Tx, t Timing, call connectors.Call, accounts ...limited) (*purse, error) {
	p := &purse{now: tx.Now, rows: make(map[budgetKey]budget), changed: make(map[budgetKey]bool)}
	needed := make(map[budgetKey]bool)
	for _, account := range accounts {
		for _, l := range account.limits {
			if l.Takes(call) {
				needed[budgetKey{account.owner(l), l.Name}] = true
			}
		}
	}
	if len(needed) == 0 {
		return p, nil
	}
	if err := p.lock(tx, needed); err != nil {
		return nil, err
	}
	if err := p.add(tx, needed); err != nil {
		return nil, err
	}
	return p, p.countUnderWay(tx, t, accounts)
}

// lock reads the budgets that there are.
func (p *purse) lock(tx *storage.Tx, needed map[budgetKey]bool) error {
	var owners []string
	names := make(map[string]bool)
	for key := range needed {
		owners, names[key.name] = append(owners, key.owner), true
	}
	slices.Sort(owners)
	var found []budget
	err := tx.Clauses(clause.Locking{Strength: "UPDATE"}).
		Where("name IN ? AND ?", sortedNames(names), among(tx, "owner", slices.Compact(owners))).
		Order("owner, name").Find(&found).Error
	for _, b := range found {
		if key := (budgetKey{b.Owner, b.Name}); needed[key] {
			p.rows[key] = b
		}
	}
	return err
}

// add makes the budgets that are missing, over from the start. Another process
// may be as quick: then its row is the one.
func (p *purse) add(tx *storage.Tx, needed map[budgetKey]bool) error {
	var missing []budget
	for key := range needed {
		if _, there := p.rows[key]; !there {
			missing = append(missing, budget{Owner: key.owner, Name: key.name, ResetsAt: time.Unix(0, 0).UTC()})
		}
	}
	if len(missing) == 0 {
		return nil
	}
	slices.SortFunc(missing, byKey)
	if err := tx.Clauses(clause.OnConflict{DoNothing: true}).CreateInBatches(missing, 500).Error; err != nil {
		return err
	}
	return p.lock(tx, needed)
}

func byKey(a, b budget) int {
	return cmp.Or(cmp.Compare(a.Owner, b.Owner), cmp.Compare(a.Name, b.Name))
}

func sortedNames(names map[string]bool) []string {
	list := make([]string, 0, len(names))
	for name := range names {
		list = append(list, name)
	}
	slices.Sort(list)
	return list
}

// countUnderWay counts the calls that were claimed in a window that ends about
// now: they may reach the network in the next one.
func (p *purse) countUnderWay(tx *storage.Tx, t Timing, accounts []limited) error {
	justOver := func(b budget) bool {
		return b.over(p.now.Add(t.Arm+sameEnd)) && p.now.Before(b.ResetsAt.Add(t.Lease))
	}
	var any bool
	for _, b := range p.rows {
		any = any || justOver(b)
	}
	if !any {
		return nil
	}
	ids := make([]int64, len(accounts))
	for i, account := range accounts {
		ids[i] = account.accountID
	}
	var counted []struct{ AccountID, Calls int64 }
	err := tx.Model(&Delivery{}).Select("account_id, COUNT(*) AS calls").
		Where("state IN ('scheduled', 'publishing', 'in_doubt') AND state = 'publishing' AND wake_at > ? AND wake_at <= ? AND ?",
			p.now, p.now.Add(t.Arm+t.Lease), among(tx, "account_id", ids)).
		Group("account_id").Find(&counted).Error
	p.underWay = make(map[int64]int64, len(counted))
	for _, c := range counted {
		p.underWay[c.AccountID] = c.Calls
	}
	return err
}

// kept is how many calls of a limit this kind of call must leave alone.
func kept(l connectors.Limit, call connectors.Call) int64 {
	if call == connectors.CallCounts {
		return int64(l.Reserve)
	}
	return 0
}

// take takes a call that is made at when from each budget that it counts
// against, or from none: then it tells which limit is the last to allow it again.
func (p *purse) take(account limited, call connectors.Call, when time.Time) (why hold, ok bool) {
	taken := make(map[budgetKey]budget)
	for _, l := range account.limits {
		if !l.Takes(call) {
			continue
		}
		key := budgetKey{account.owner(l), l.Name}
		b, bounded := p.rows[key].in(when, l, p.underWay[account.accountID])
		switch {
		case !bounded:
		case b.Remaining <= kept(l, call):
			if b.ResetsAt.After(why.until) {
				why = hold{l.Name, b.ResetsAt}
			}
		default:
			b.Remaining--
			taken[key] = b
		}
	}
	if why.limit != "" {
		return why, false
	}
	for key, b := range taken {
		p.rows[key], p.changed[key] = b, true
	}
	return hold{}, true
}

// giveBack takes a take back whose call will not be made.
func (p *purse) giveBack(account limited, call connectors.Call) {
	for _, l := range account.limits {
		key := budgetKey{account.owner(l), l.Name}
		if b := p.rows[key]; l.Takes(call) && !b.over(p.now) {
			b.Remaining++
			if most := b.most(l); most > 0 {
				b.Remaining = min(b.Remaining, most) // it may have been of the window before
			}
			p.rows[key], p.changed[key] = b, true
		}
	}
}

// learn believes what an answer told of the account's limits. Of the calls
// under way, answered are not any more.
func (p *purse) learn(account limited, told []connectors.Standing, answered int64) {
	for _, s := range told {
		for _, l := range account.limits {
			key := budgetKey{account.owner(l), l.Name}
			b, open := p.rows[key]
			if l.Name != s.Limit || !open {
				continue
			}
			if b = b.heard(s, l, p.now, max(p.underWay[account.accountID]-answered, 0)); b != p.rows[key] {
				p.rows[key], p.changed[key] = b, true
			}
		}
	}
}

// close stores what has changed.
func (p *purse) close(tx *storage.Tx) error {
	var changed []budget
	for key := range p.changed {
		changed = append(changed, p.rows[key])
	}
	if len(changed) == 0 {
		return nil
	}
	slices.SortFunc(changed, byKey)
	return tx.Clauses(clause.OnConflict{UpdateAll: true}).CreateInBatches(changed, 500).Error
}

// spend takes one call of an account in a transaction of its own; where none is
// left it tells which limit is the last to allow it again.
func (s *Service) spend(ctx context.Context, account limited, call connectors.Call) (why hold, ok bool, err error) {
	if !slices.ContainsFunc(account.limits, func(l connectors.Limit) bool { return l.Takes(call) }) {
		return hold{}, true, nil
	}
	err = s.db.Write(ctx, func(tx *storage.Tx) error {
		calls, err := openPurse(tx, s.timing, call, account)
		if err != nil {
			return err
		}
		why, ok = calls.take(account, call, tx.Now)
		return calls.close(tx)
	})
	return why, ok, err
}

// allowed is spend for a call that goes the way of one which the network put off.
func (s *Service) allowed(ctx context.Context, account limited, call connectors.Call) error {
	why, ok, err := s.spend(ctx, account, call)
	if err != nil || ok {
		return err
	}
	return &connectors.Error{
		Kind: connectors.KindRetry, RetryAt: why.until, Limits: []connectors.Standing{{Limit: why.limit, ResetsAt: why.until}},
		Message: "The network's limit is reached until " + why.until.Format(time.RFC3339) + ".", Key: "delivery.limit",
	}
}

// heard keeps what the answer to a call told of the account's limits.
func (s *Service) heard(tx *storage.Tx, account limited, call connectors.Call, told []connectors.Standing) error {
	if len(told) == 0 {
		return nil
	}
	calls, err := openPurse(tx, s.timing, call, account)
	if err != nil {
		return err
	}
	calls.learn(account, told, 0)
	return calls.close(tx)
}
