package community

import (
	"time"

	"gorm.io/gorm/clause"

	"fanfare/accounts"
	"fanfare/fault"
	"fanfare/storage"
)

// dailyLimit is how much of something one person may write in 24 hours.
type dailyLimit struct {
	table   string
	most    int
	key     string
	message string
}

var (
	ideasPerDay    = dailyLimit{"ideas", 10, "idea.limit", "You have sent many ideas today. Please come back later."}
	commentsPerDay = dailyLimit{"comments", 60, "comment.limit", "You have written many comments today. Please come back later."}
)

// limitPerDay returns Limited, with the time until the next may come. Keys act
// for others and are known: the limit is against strangers.
func limitPerDay(tx *storage.Tx, actor accounts.Actor, limit dailyLimit) error {
	if actor.KeyID != 0 {
		return nil
	}
	const day = 24 * time.Hour
	var oldest []time.Time // of as many as are allowed, if there are so many
	err := tx.Table(limit.table).Where("author_id = ? AND created_at > ?", actor.PersonID, tx.Now.Add(-day)).
		Order("created_at DESC").Offset(limit.most-1).Limit(1).Pluck("created_at", &oldest).Error
	if err != nil || len(oldest) == 0 {
		return err
	}
	return &fault.Error{
		Kind: fault.Limited, Key: limit.key, Message: limit.message,
		Args: fault.Args{"Max": limit.most}, RetryAfter: oldest[0].Add(day).Sub(tx.Now),
	}
}

// rowLock makes writers of a row queue up on PostgreSQL, while others may
// still refer to it. SQLite has one writer at a time anyway.
var rowLock = clause.Locking{Strength: "NO KEY UPDATE"}

// lockPerson has the person's submissions come one after another, or limits
// and double clicks would be counted past each other.
func lockPerson(tx *storage.Tx, id int64) error {
	var locked int64
	return tx.Model(&accounts.Person{}).Clauses(rowLock).Select("id").Where("id = ?", id).Take(&locked).Error
}
