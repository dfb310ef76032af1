// Package connectors defines what a social network must be able to do for us:
// check a text and images as it does, verify an account, publish a post, find it
// again when the outcome is unknown, and tell its figures and its limits. Each network has a package of its own
// below this one and passes the suite in connectortest.
package connectors

import (
	"context"
	"encoding/json"
	"time"
)

// The names of the networks, as the API and the database spell them.
const (
	Twitter = "twitter"
	Weibo   = "weibo"
)

// Network is one social network. Implementations are safe for concurrent use
// and keep no state of an account.
type Network interface {
	// Name is the network's name, as the API spells it.
	Name() string
	// Check counts and examines a text as the network does, links included.
	// linkHost restricts where the text's links may lead; "" does not.
	Check(text string, linkHost string) Check
	// CheckMedia examines the images of one post, in their order: how many, of
	// which types, how large. No image is always well.
	CheckMedia(images []Image) []Problem
	// Verify asks the network whose credentials these are. It returns an
	// *Error of KindRefused with Field set when a credential is missing or
	// malformed, KindAttention when the network does not accept them.
	Verify(ctx context.Context, credentials Credentials) (Identity, error)
	// Upload hands an image over ahead of its post and gives the id by which the
	// post refers to it; the zero Uploaded where images travel with the post.
	// Nothing is out then, so its errors are of KindRetry, KindRefused or
	// KindAttention.
	Upload(ctx context.Context, credentials Credentials, image Image) (Uploaded, error)
	// Publish posts once. Any error is an *Error; its kind says what is known
	// of the outcome. It never tries again by itself.
	Publish(ctx context.Context, credentials Credentials, post Post) (Receipt, error)
	// Find looks on the account's own timeline for a post that may have been
	// published at or after since. found is false only if the network's answer
	// shows that it is absent; when that cannot be told, Find returns an
	// *Error of KindUnknown or KindRetry.
	Find(ctx context.Context, credentials Credentials, post Post, since time.Time) (receipt Receipt, found bool, err error)
	// Recognize reads the address of a post as people copy it from the network's
	// pages, without asking there. It gives the post's id, its page, and when it
	// was made if the id tells; or why this is no address of a post of the account,
	// of which only RemoteID and Handle count.
	Recognize(account Identity, address string) (Receipt, *Problem)
	// Counts reads the public figures of at most MaxCounts of the account's own
	// posts, in one call. Its errors are as Find's.
	Counts(ctx context.Context, credentials Credentials, remoteIDs []string) (Counts, error)
	// Limits states what the network allows to these credentials; nothing when
	// they cannot be read. The names are the same for all credentials.
	Limits(credentials Credentials) []Limit
}

// Credentials is the JSON object that an account's owner gave us: its fields
// are the network's own affair.
type Credentials = json.RawMessage

// Identity is what a network says of the account behind credentials.
type Identity struct {
	RemoteID  string     // the network's id of the account
	Handle    string     // as people know it: "@xiaomi", "小米手机"
	ExpiresAt *time.Time // when the credentials end; nil if they do not
	LinkHost  string     // the only host its links may have; "" is any
	Renewal   Renewal    // how they are kept alive
}

// Post is what goes out.
type Post struct {
	AccountID string // the network's id of the account, from Identity
	Text      string // final, its link included
	Link      string // the campaign link that Text holds, unique to the post
	Images    []Image
}

// Image is an image of a post.
type Image struct {
	Type     string // "image/jpeg", "image/png", "image/gif" or "image/webp"
	Bytes    int64
	AltText  string
	Content  []byte // nil where nothing but the above is asked for
	RemoteID string // of Uploaded; "" where it travels with the post
}

// Uploaded is a network's answer to an image.
type Uploaded struct {
	RemoteID  string
	ExpiresAt time.Time  // when the network forgets it
	Limits    []Standing // as told with the answer
}

// Receipt is the network's answer to a post that is out.
type Receipt struct {
	RemoteID  string     // the network's id; "" while it is accepted but delayed
	URL       string     // where people see it; "" when not known
	CreatedAt time.Time  // by the network's clock, often to the second; zero when not told
	Limits    []Standing // as told with the answer, also where nothing was found
}

// Check is what a network would say of a text, in the network's own units.
type Check struct {
	Length   int       `json:"length" doc:"In the network's own units."`
	Limit    int       `json:"limit"`
	Valid    bool      `json:"valid"`
	Problems []Problem `json:"problems"`
	Price    int64     `json:"price_milli_usd,omitempty" doc:"What the network charges for the post, in thousandths of a US dollar, where the app pays per use."`
}

// Problem is one reason why a network would refuse something, in words.
type Problem struct {
	Key     string         `json:"key"` // of the translation in web/locales
	Message string         `json:"message"`
	Args    map[string]any `json:"-"`
}

// ErrorKind is what an error says of a call's outcome, and so what may be done.
type ErrorKind string

// The kinds.
const (
	// KindUnknown: the post may be out. Find it before anything else.
	KindUnknown ErrorKind = "unknown"
	// KindDuplicate: the network has this text already, usually from an
	// earlier attempt of ours. Find it.
	KindDuplicate ErrorKind = "duplicate"
	// KindDelayed: accepted, to appear in a minute or two, without an id yet.
	// It is a success: look it up later, never post again.
	KindDelayed ErrorKind = "delayed"
	// KindRetry: surely not posted; try again at RetryAt.
	KindRetry ErrorKind = "retry"
	// KindRefused: the network will never take this text. Tell its author.
	KindRefused ErrorKind = "refused"
	// KindAttention: the account needs a person; nothing of it can go out.
	KindAttention ErrorKind = "attention"
)

// FieldImages is the Field of an error of KindRetry that says: the network does
// not know the uploaded images any more. Upload them anew.
const FieldImages = "images"

// Error is a failed call. It is the one error type besides fault.Error: its
// kinds drive the state of a delivery, not an HTTP answer.
type Error struct {
	Kind    ErrorKind
	Message string     // for a person, in English, without secrets
	Key     string     // of the message's translation in web/locales
	Field   string     // of the credentials, where one is to blame; FieldImages
	RetryAt time.Time  // with KindRetry; zero when the network did not say
	Status  int        // the HTTP status; 0 when there was no answer
	Code    string     // the network's own code, as it spells it
	Limits  []Standing // as told with the answer
	// Spurious tells, with KindAttention, that the network is known to say so
	// without cause: believe it when it says so twice in a row.
	Spurious bool
	Err      error // the cause, for the log
}

// Error gives the message and the cause.
func (e *Error) Error() string {
	if e.Err != nil {
		return e.Message + ": " + e.Err.Error()
	}
	return e.Message
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }
