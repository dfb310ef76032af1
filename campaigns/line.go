package campaigns

import (
	"maps"
	"slices"
	"time"

	"fanfare/connectors"
	"fanfare/storage"
)

// dueNow finds the deliveries that wait for nothing but their turn. The states
// are written out as in the index deliveries_open, or it would not be used.
const dueNow = `state IN ('scheduled', 'publishing', 'in_doubt') AND state = 'scheduled' AND wake_at <= ?`

// scarceAccounts tells which accounts have fewer calls left than deliveries
// due, here or in other processes; going are those that ask here, of whom some
// may have gone already.
func scarceAccounts(tx *storage.Tx, calls *purse, accounts map[int64]limited, going map[int64]int64, t Timing) (map[int64]bool, error) {
	if len(calls.rows) == 0 {
		return nil, nil
	}
	var due []struct{ AccountID, Deliveries int64 }
	err := tx.Model(&Delivery{}).Select("account_id, COUNT(*) AS deliveries").Where(dueNow, tx.Now.Add(t.Arm)).
		Group("account_id").Find(&due).Error
	if err != nil {
		return nil, err
	}
	for _, d := range due {
		going[d.AccountID] = max(going[d.AccountID], d.Deliveries)
	}
	wanted := make(map[budgetKey]int64)
	for id, account := range accounts {
		for _, key := range account.keys() {
			wanted[key] += going[id]
		}
	}
	scarce := make(map[int64]bool)
	for id, account := range accounts {
		for i, key := range account.keys() {
			row, open := calls.rows[key]
			for _, when := range []time.Time{tx.Now, tx.Now.Add(t.Arm)} { // a window may end between them
				b, bounded := row.in(when, account.limits[i], calls.underWay[id])
				scarce[id] = scarce[id] || open && bounded && b.Remaining < wanted[key]
			}
		}
	}
	return scarce, nil
}

// serve hands out calls along the line. What those ahead who do not ask here
// will take is left to them. It tells for each in the line why it must wait, if
// it must.
func serve(line []Delivery, asking map[int64]int, calls *purse, accounts map[int64]limited) map[int64]hold {
	served := make(map[int64]hold, len(line))
	var ahead []limited
	for _, d := range line {
		why, ok := calls.take(accounts[d.AccountID], connectors.CallPublish, d.callAt(calls.now))
		served[d.ID] = why
		if _, here := asking[d.ID]; ok && !here {
			ahead = append(ahead, accounts[d.AccountID])
		}
	}
	for _, account := range ahead {
		calls.giveBack(account, connectors.CallPublish)
	}
	return served
}

// waitingLine gives the deliveries of these accounts that are due and free to
// go, in the order in which they may: by priority, then by due time, then by id.
// The accounts of an app stand in one line as far as they ask together.
func waitingLine(tx *storage.Tx, scarce map[int64]bool, t Timing) (line []Delivery, err error) {
	ids := slices.Collect(maps.Keys(scarce))
	ids = slices.DeleteFunc(ids, func(id int64) bool { return !scarce[id] })
	if len(ids) == 0 {
		return nil, nil
	}
	const free = `(expires_at IS NULL OR expires_at >= ?) AND NOT ` + pausedInSQL + `
		AND account_id NOT IN (SELECT id FROM network_accounts WHERE problem <> '')
		AND NOT EXISTS (SELECT 1 FROM posts WHERE posts.id = post_id AND cancelled_at IS NOT NULL)`
	err = tx.Select("id", "account_id", "wake_at").Where(dueNow, tx.Now.Add(t.Arm)).Where(free, tx.Now).
		Where(among(tx, "account_id", ids)).
		Order("priority DESC, due_at, id").Find(&line).Error
	return line, err
}
