// Package community is the fans' forum: ideas, votes, comments and their
// moderation, search in four languages, and the rankings that product managers
// plan with and export.
package community

import "time"

// Status is what the company makes of an idea.
type Status string

// The statuses.
const (
	Open      Status = "open"
	Planned   Status = "planned"
	Started   Status = "started"
	Completed Status = "completed"
	Declined  Status = "declined"
)

// Statuses lists them in the order of a pipeline.
var Statuses = []Status{Open, Planned, Started, Completed, Declined}

// Idea is a fan's proposal for the product.
type Idea struct {
	Number      int64      `json:"number" gorm:"primaryKey"`
	Title       string     `json:"title"`
	Body        string     `json:"body" doc:"Markdown."`
	Locale      string     `json:"locale"`
	AuthorID    int64      `json:"author_id"`
	AuthorName  string     `json:"author_name" gorm:"->"`
	Status      Status     `json:"status"`
	Response    string     `json:"response,omitempty" doc:"The official answer."`
	RespondedBy *int64     `json:"responded_by,omitempty"`
	RespondedAt *time.Time `json:"responded_at,omitempty"`
	Votes       int64      `json:"votes"`
	Votes30d    int64      `json:"votes_30d" gorm:"column:votes_30d"`
	Comments    int64      `json:"comments"`
	Trend       float64    `json:"-"`
	CreatedAt   time.Time  `json:"created_at"`
	HiddenAt    *time.Time `json:"hidden_at,omitempty"`
	Tags        []string   `json:"tags" gorm:"-"`
	Voted       bool       `json:"voted" gorm:"-" doc:"Whether the caller's vote stands."`
}

// IdeaDraft is what a fan fills in.
type IdeaDraft struct {
	Title  string
	Body   string
	Tags   []string
	Locale string // "" is the author's
}

// Vote is one person's voice for one idea. One taken back keeps its row.
type Vote struct {
	ID        int64
	Idea      int64
	PersonID  int64
	CastAt    time.Time
	RemovedAt *time.Time
}

// Comment is one contribution under an idea.
type Comment struct {
	ID         int64      `json:"id"`
	Idea       int64      `json:"idea"`
	AuthorID   int64      `json:"author_id"`
	AuthorName string     `json:"author_name" gorm:"->"`
	Staff      bool       `json:"staff" gorm:"->" doc:"Written by the team."`
	Body       string     `json:"body" doc:"Markdown."`
	CreatedAt  time.Time  `json:"created_at"`
	HiddenAt   *time.Time `json:"hidden_at,omitempty"`
}

// Sort is a way to order ideas.
type Sort string

// The sorts; ranking.go has each one's formula.
const (
	Top       Sort = "top"
	Trending  Sort = "trending"
	Rate      Sort = "rate"
	Recent    Sort = "recent"
	Discussed Sort = "discussed"
	Fider     Sort = "fider"
)

// Sorts lists them; the first is the default.
var Sorts = []Sort{Top, Trending, Rate, Recent, Discussed, Fider}

// Query selects ideas.
type Query struct {
	Sort   Sort
	Status Status // "" is all
	Tag    string
	Q      string // words to search for
	Limit  int    // 1 to 100; 0 is 20
	Cursor string
	Hidden bool // only those hidden by a moderator
}

// ExportOptions say which ranking to export and how.
type ExportOptions struct {
	Format string // "csv", "xlsx" or "json"
	Sort   Sort
	AsOf   time.Time // zero is now
}
