// Package accounts holds people and what they may do: roles, sign-in, API
// keys, the social accounts they connect with their sealed credentials, and
// the audit trail of who did what.
package accounts

import (
	"slices"
	"time"
)

// Role is what a person, or a key, may do.
type Role string

// The roles, from the first day.
const (
	Admin     Role = "admin"     // everything, people and keys included
	Marketing Role = "marketing" // sales, campaigns, posts, accounts, orders
	Product   Role = "product"   // the ranking, statuses and answers, export
	Moderator Role = "moderator" // hides and restores what fans write
	Fan       Role = "fan"       // submits, votes, comments
)

// Roles lists them all.
var Roles = []Role{Admin, Marketing, Product, Moderator, Fan}

// Valid tells whether r is one of Roles.
func (r Role) Valid() bool { return slices.Contains(Roles, r) }

// Staff tells whether r works at the desk.
func (r Role) Staff() bool { return r.Valid() && r != Fan }

// Locales lists the languages that people can choose, as BCP 47 tags.
var Locales = []string{"en", "zh-Hans", "zh-Hant", "de"}

// Actor is who asks: a person in a session, or a key and the service person
// behind it. Every actor is a person, so every act has an author.
type Actor struct {
	PersonID int64
	Role     Role
	Name     string
	Locale   string // one of Locales
	TimeZone string // IANA name
	KeyID    int64  // 0 in a session
}

// Person is somebody who can act. A service person stands behind an API key
// and cannot sign in.
type Person struct {
	ID           int64      `json:"id"`
	Email        string     `json:"email"`
	Name         string     `json:"name"`
	Role         Role       `json:"role"`
	Locale       string     `json:"locale"`
	TimeZone     string     `json:"time_zone"`
	PasswordHash string     `json:"-"`
	Service      bool       `json:"-"`
	CreatedAt    time.Time  `json:"created_at"`
	BlockedAt    *time.Time `json:"blocked_at,omitempty"`
}

// TableName is GORM's hook.
func (Person) TableName() string { return "people" }

// Key is an API key. The key itself is shown once and kept as a hash.
type Key struct {
	ID         int64      `json:"id"`
	PersonID   int64      `json:"person_id"`
	Name       string     `json:"name"`
	Role       Role       `json:"role" gorm:"->"`
	Hash       []byte     `json:"-"`
	Hint       string     `json:"hint"`
	CreatedAt  time.Time  `json:"created_at"`
	LastUsedAt *time.Time `json:"last_used_at,omitempty"`
	RevokedAt  *time.Time `json:"revoked_at,omitempty"`
}

// TableName is GORM's hook.
func (Key) TableName() string { return "api_keys" }

// NetworkAccount is a social account that posts for us.
type NetworkAccount struct {
	ID          int64      `json:"id"`
	Network     string     `json:"network"`
	Name        string     `json:"name"`
	Handle      string     `json:"handle"`
	RemoteID    string     `json:"remote_id"`
	LinkBaseURL string     `json:"link_base_url,omitempty"`
	Sealed      []byte     `json:"-"`
	ExpiresAt   *time.Time `json:"expires_at,omitempty"`
	Problem     string     `json:"problem,omitempty"`
	CreatedBy   int64      `json:"created_by"`
	CreatedAt   time.Time  `json:"created_at"`
	UpdatedAt   time.Time  `json:"updated_at"`
}

// AuditEvent is one act of somebody.
type AuditEvent struct {
	ID       int64     `json:"id"`
	At       time.Time `json:"at"`
	PersonID int64     `json:"person_id"`
	Action   string    `json:"action"`
	Subject  string    `json:"subject"`
}
