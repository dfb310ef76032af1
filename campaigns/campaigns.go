// Package campaigns is the desk's business: sales, the campaigns that announce
// them, posts and their deliveries to the networks. What happens on the links of
// posts is the business of the package links below it, the orders that come of
// them that of orders and stores, what all of it came to that of reports.
package campaigns

import (
	"time"

	"fanfare/campaigns/orders"
	"fanfare/connectors"
)

// Sale is a product offered in one market from one instant on.
type Sale struct {
	ID        int64      `json:"id"`
	Name      string     `json:"name"`
	Product   string     `json:"product"`
	Market    string     `json:"market" doc:"ISO 3166-1 alpha-2."`
	Currency  string     `json:"currency" doc:"ISO 4217."`
	Units     int64      `json:"units"`
	OpensAt   time.Time  `json:"opens_at"`
	ClosesAt  *time.Time `json:"closes_at,omitempty"`
	StoreURL  string     `json:"store_url"`
	CreatedBy int64      `json:"created_by"`
	CreatedAt time.Time  `json:"created_at"`
}

// Campaign announces a sale.
type Campaign struct {
	ID        int64     `json:"id"`
	SaleID    int64     `json:"sale_id"`
	Name      string    `json:"name"`
	CreatedBy int64     `json:"created_by"`
	CreatedAt time.Time `json:"created_at"`
	orders.AttributionTerms
	Recomputing bool `json:"recomputing,omitempty" gorm:"-" doc:"Its orders are being attributed anew, by other terms than before."`
}

// Post is one announcement, for one or several accounts.
type Post struct {
	ID           int64         `json:"id"`
	CampaignID   int64         `json:"campaign_id"`
	Text         string        `json:"text"`
	DueAt        time.Time     `json:"due_at"`
	ExpiresAfter time.Duration `json:"-"` // 0 is never
	Priority     int           `json:"priority" doc:"Higher goes first where a network's limit leaves room for some only."`
	CreatedBy    int64         `json:"created_by"`
	CreatedAt    time.Time     `json:"created_at"`
	CancelledAt  *time.Time    `json:"cancelled_at,omitempty"`
	Media        []PostMedia   `json:"media" gorm:"-" doc:"Its images, in the order in which they show."`
	Deliveries   []Delivery    `json:"deliveries" gorm:"-"`
}

// State is where a delivery stands.
type State string

// The states. Scheduled goes to publishing at the due instant, or to expired
// or cancelled; publishing to published, failed or in doubt, or back to
// scheduled when the network surely did not take the post and may later; in
// doubt to published, failed, or scheduled once more when surely absent.
const (
	Scheduled  State = "scheduled"
	Publishing State = "publishing"
	InDoubt    State = "in_doubt"
	Published  State = "published"
	Failed     State = "failed"
	Expired    State = "expired"
	Cancelled  State = "cancelled"
)

// Delivery is a post on its way to one account.
type Delivery struct {
	ID          int64      `json:"id"`
	PostID      int64      `json:"post_id"`
	CampaignID  int64      `json:"campaign_id"`
	AccountID   int64      `json:"account_id"`
	Network     string     `json:"network"`
	Text        string     `json:"text"`
	TextKey     string     `json:"-"` // hash of Text without its links
	Images      int        `json:"-"` // of its post
	State       State      `json:"state"`
	Paused      bool       `json:"paused,omitempty" gorm:"-" doc:"Scheduled, but behind a kill switch."`
	DueAt       time.Time  `json:"due_at"`
	ExpiresAt   *time.Time `json:"expires_at,omitempty"`
	Priority    int        `json:"-"` // its post's
	HeldBy      string     `json:"held_by,omitempty" doc:"The limit of the network that it waits for, or because of which it expired."`
	HeldUntil   *time.Time `json:"held_until,omitempty" gorm:"-" doc:"When the limit allows more."`
	Attempts    int        `json:"attempts"`
	WakeAt      *time.Time `json:"-"` // when to act next; nil when nothing but a person can help
	CalledAt    *time.Time `json:"-"` // start of the last call, or of the first that came into doubt
	DoubtedAt   *time.Time `json:"-"` // since when the last call is in doubt
	Doubt       string     `json:"-"` // why: "unknown" or "duplicate"
	Doubts      int        `json:"-"` // calls that came into doubt
	PublishedAt *time.Time `json:"published_at,omitempty"`
	LatenessUS  *int64     `json:"-" gorm:"column:lateness_us"`
	LatenessMS  *float64   `json:"lateness_ms,omitempty" gorm:"-" doc:"published_at minus due_at, in milliseconds."`
	RemoteID    string     `json:"remote_id,omitempty"`
	RemoteURL   string     `json:"remote_url,omitempty"`
	Delayed     bool       `json:"delayed,omitempty" gorm:"-" doc:"Published as far as we can tell: the network has accepted it, shows it later, and has given no remote_id yet."`
	CountAt     *time.Time `json:"-"` // when to ask next how it does
	Error       string     `json:"error,omitempty"`
	ErrorKey    string     `json:"-"` // of its translation
	UpdatedAt   time.Time  `json:"updated_at"`
	Token       string     `json:"token" gorm:"-"`
	URL         string     `json:"url" gorm:"-" doc:"The campaign link of this delivery, as posted."`
	Alias       string     `json:"alias,omitempty" gorm:"-" doc:"Another name of the link, in place of its token."`
	AliasURL    string     `json:"alias_url,omitempty" gorm:"-" doc:"The link by that name."`
}

// PostDraft is what it takes to schedule a post.
type PostDraft struct {
	CampaignID   int64
	Text         string           // holds {link} once
	Variants     map[int64]string // by account id; each holds {link} once
	Accounts     []int64
	Media        []PostMedia // Hash and AltText
	DueAt        time.Time
	ExpiresAfter time.Duration // 0 is never
	Priority     int           // from -MaxPriority to MaxPriority; higher goes first
}

// MaxPriority is that of a post that goes before all others.
const MaxPriority = 9

// AccountDraft is what it takes to connect a social account.
type AccountDraft struct {
	Network     string
	Name        string
	LinkBaseURL string // scheme and host of its campaign links; "" is the service's own
	Credentials connectors.Credentials
}
