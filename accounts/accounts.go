// Package accounts holds people and what they may do: roles, sign-in, API
// keys, the social accounts they connect with their sealed credentials, and
// the audit trail of who did what.
//
// Three things here are easily mixed up. A Person is somebody with a role; the
// person behind an API key is a service person, who cannot sign in. A Key lets
// a program in as such a service person. A NetworkAccount is an account at a
// social network that posts for us: it is nobody's identity here.
//
// Whoever comes in, by session or by key, becomes an Actor, and every service
// of the program takes one to know who asks. Sessions themselves are the
// router's affair: it keeps a person's id and session epoch, and asks
// Service.SessionActor what they are worth today.
//
// Secrets are kept in three ways. What we only need to recognise and people
// choose (passwords) is hashed slowly, with Argon2id. What we only need to
// recognise and is random (API keys, one-time links) is hashed quickly, with
// SHA-256. What we must use again (credentials of networks) is sealed with a
// key derived from FANFARE_SECRET_KEY.
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

// Person is somebody who can act. A service person stands behind an API key
// and cannot sign in.
type Person struct {
	ID           int64      `json:"id"`
	Email        string     `json:"email"` // lower case; "" for a service person
	Name         string     `json:"name"`
	Role         Role       `json:"role"`
	Locale       string     `json:"locale"`
	TimeZone     string     `json:"time_zone"`
	PasswordHash string     `json:"-"` // PHC string; "" for who cannot sign in with one
	SessionEpoch int64      `json:"-"` // sessions that began in an earlier one have ended
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
	Scopes     Scopes     `json:"scopes,omitempty" doc:"The parts of the API it is confined to; without any, all that its role allows."`
	Store      string     `json:"store,omitempty" doc:"The one store whose orders it may send, and nothing else."`
	Rate       int        `json:"rate,omitempty" doc:"Requests a second."`
	Hash       []byte     `json:"-"`    // SHA-256 of the key
	Hint       string     `json:"hint"` // its last four characters, to tell keys apart
	OldHash    []byte     `json:"-"`    // of the key that this one replaced
	OldEndsAt  *time.Time `json:"old_ends_at,omitempty" doc:"Until when the key works that this one replaced."`
	CreatedAt  time.Time  `json:"created_at"`
	LastUsedAt *time.Time `json:"last_used_at,omitempty"`
	RevokedAt  *time.Time `json:"revoked_at,omitempty"`
}

// TableName is GORM's hook.
func (Key) TableName() string { return "api_keys" }

// NetworkAccount is a social account that posts for us. The one pair of Network
// and RemoteID exists once.
type NetworkAccount struct {
	ID          int64      `json:"id"`
	Network     string     `json:"network"`
	Name        string     `json:"name"`
	Handle      string     `json:"handle"`
	RemoteID    string     `json:"remote_id"` // the network's own id of the account
	LinkBaseURL string     `json:"link_base_url,omitempty"`
	Sealed      []byte     `json:"-"` // the credentials; see seal
	ExpiresAt   *time.Time `json:"expires_at,omitempty"`
	Renewal     string     `json:"renewal,omitempty"` // RenewByKeys, RenewBySignIn or RenewByItself
	Problem     string     `json:"problem,omitempty"` // why a person must look at it
	ProblemKey  string     `json:"-"`                 // of its translation
	CreatedBy   int64      `json:"created_by"`
	CreatedAt   time.Time  `json:"created_at"`
	UpdatedAt   time.Time  `json:"updated_at"`
}

// AuditEvent is one act of somebody.
type AuditEvent struct {
	ID       int64     `json:"id"`
	At       time.Time `json:"at"`
	PersonID int64     `json:"person_id"` // 0 for System
	Action   string    `json:"action"`    // such as "post.cancel"
	Subject  string    `json:"subject"`   // such as "post 12"
}
