package community

import (
	"context"
	"fmt"
	"time"

	"fanfare/accounts"
	"fanfare/fault"
	"fanfare/storage"
)

// ImportSet is another forum as it was read from a file. ReadFider and ReadCSV
// make one.
type ImportSet struct {
	// Source names the forum. An idea is imported once for each source and
	// number there.
	Source string
	// Locale is the language of the ideas and people that do not say theirs.
	Locale string
	People map[string]ImportPerson // by what the file knows them by
	Ideas  []ImportIdea
	// What the reader already knows will not come along.
	Duplicates      int64 // ideas merged into others; their votes moved there
	Deleted         int64 // ideas deleted, or never approved, at their old place
	VotesLeftOut    int64
	CommentsLeftOut int64
	Rejected        []Rejection
}

// ImportPerson is somebody in the file. What cannot be used is replaced: an
// email by one that leads nowhere, a name by a plain one.
type ImportPerson struct{ Email, Name string }

// ImportIdea is an idea in the file, unchecked.
type ImportIdea struct {
	Where       string // in the file, for a person who looks it up
	RemoteID    string
	Draft       IdeaDraft
	Author      string // key in People
	CreatedAt   time.Time
	Status      Status
	Response    string
	RespondedBy string // key in People; "" is unknown
	RespondedAt *time.Time
	Votes       []ImportVote
	Comments    []ImportComment
	// VotesOnly counts votes of which the file does not say whose they are.
	// Nobody can be made to have cast them.
	VotesOnly int64
	// CommentsOnly counts comments that the file does not hold.
	CommentsOnly int64
}

// ImportVote is a vote in the file.
type ImportVote struct {
	Person string // key in People
	CastAt time.Time
}

// ImportComment is a comment in the file.
type ImportComment struct {
	Where     string
	Author    string // key in People
	Body      string
	CreatedAt time.Time
}

// Rejection is a part of the file that was not imported, and why.
type Rejection struct {
	Where  string `json:"where"`
	Reason string `json:"reason"`
}

// ImportReport says what an import did, or would do.
type ImportReport struct {
	Source          string          `json:"source"`
	DryRun          bool            `json:"dry_run"`
	Ideas           int64           `json:"ideas"`
	Votes           int64           `json:"votes"`
	Comments        int64           `json:"comments"`
	PeopleCreated   int64           `json:"people_created"`
	AlreadyHere     int64           `json:"already_here"`
	Duplicates      int64           `json:"duplicates"`
	Deleted         int64           `json:"deleted"`
	VotesLeftOut    int64           `json:"votes_left_out"`
	CommentsLeftOut int64           `json:"comments_left_out"`
	Rejected        []Rejection     `json:"rejected"`
	Preview         []ImportPreview `json:"preview,omitempty"`
}

// ImportPreview is one idea as it would be imported.
type ImportPreview struct {
	Where     string    `json:"where"`
	Title     string    `json:"title"`
	Status    Status    `json:"status"`
	Tags      []string  `json:"tags"`
	Author    string    `json:"author"`
	CreatedAt time.Time `json:"created_at"`
	Votes     int64     `json:"votes"`
	Comments  int64     `json:"comments"`
}

const previewed = 10 // ideas

// FindPeople gives the person behind each draft, in their order, and makes
// those who are not here yet.
type FindPeople func(ctx context.Context, drafts []accounts.PersonDraft) (people []accounts.Person, created int, err error)

// Import brings in what is not here yet from another forum, on behalf of an
// admin; a second time it changes nothing. dryRun changes nothing at all and
// reports what would be done. It returns Invalid for a source without a name
// or an unknown locale; what is wrong with single ideas stands in the report.
func (s *Service) Import(ctx context.Context, actor accounts.Actor, set ImportSet, find FindPeople, dryRun bool) (ImportReport, error) {
	if err := actor.Require(); err != nil {
		return ImportReport{}, err
	}
	if err := set.check(); err != nil {
		return ImportReport{}, err
	}
	known, err := s.importedBefore(ctx, set.Source)
	if err != nil {
		return ImportReport{}, err
	}
	plan := planImport(set, known, s.db.Clock().Now())
	plan.report.DryRun = dryRun
	if dryRun {
		plan.preview()
		return plan.report, nil
	}
	people, err := plan.findPeople(ctx, find)
	if err != nil {
		return ImportReport{}, err
	}
	err = s.storeImport(ctx, actor, plan, people)
	return plan.report, err
}

func (set ImportSet) check() error {
	var wrong fault.Fields
	cleanText(&wrong, "source", set.Source, 1, 100)
	cleanLocale(&wrong, set.Locale, accounts.Actor{})
	return wrong.Err()
}

// ideaOrigin remembers where an idea came from.
type ideaOrigin struct {
	Source   string `gorm:"primaryKey"`
	RemoteID string `gorm:"primaryKey"`
	Number   int64
}

// importedBefore gives the ideas of a source that are here, by their number
// there.
func (s *Service) importedBefore(ctx context.Context, source string) (map[string]bool, error) {
	var remote []string
	err := s.db.Read(ctx, func(tx *storage.Tx) error {
		return tx.Model(&ideaOrigin{}).Where("source = ?", source).Pluck("remote_id", &remote).Error
	})
	known := make(map[string]bool, len(remote))
	for _, id := range remote {
		known[id] = true
	}
	return known, err
}

// importWeight is about how many rows one transaction writes: on SQLite posts
// and orders wait behind it.
const importWeight = 2000

// storeImport writes the planned ideas, each with all that belongs to it.
func (s *Service) storeImport(ctx context.Context, actor accounts.Actor, plan *importPlan, people map[string]accounts.Person) error {
	var some []readyIdea
	weight := 0
	flush := func() error {
		if len(some) == 0 {
			return nil
		}
		err := s.db.Write(ctx, func(tx *storage.Tx) error { return storeImported(tx, actor, plan.report.Source, some) })
		some, weight = some[:0], 0
		return err
	}
	for _, idea := range plan.ideas {
		ready := idea.settle(people, &plan.report)
		some = append(some, ready)
		if weight += 1 + len(ready.votes) + len(ready.comments); weight >= importWeight {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	return flush()
}

func storeImported(tx *storage.Tx, actor accounts.Actor, source string, ideas []readyIdea) error {
	for _, ready := range ideas {
		number, err := insertIdea(tx, ready.idea, ready.tags, ready.votes)
		if err != nil {
			return err
		}
		if err := tx.Create(&ideaOrigin{Source: source, RemoteID: ready.remoteID, Number: number}).Error; err != nil {
			return err
		}
		if err := storeComments(tx, number, ready.comments); err != nil {
			return err
		}
	}
	return accounts.Record(tx, actor, "ideas.import", fmt.Sprintf("%d ideas", len(ideas)))
}

func storeComments(tx *storage.Tx, number int64, comments []Comment) error {
	if len(comments) == 0 {
		return nil
	}
	rows := make([]Comment, len(comments)) // the transaction can be run twice
	for i, c := range comments {
		rows[i] = c
		rows[i].Idea = number
	}
	return tx.CreateInBatches(&rows, 500).Error
}
