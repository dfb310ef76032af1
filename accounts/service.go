package accounts

import (
	"context"
	"time"

	"fanfare/fault"
	"fanfare/storage"
)

var errNotBuilt = fault.New(fault.Internal, "", "Not built yet.")

// Service is the door to this package.
type Service struct {
	db  *storage.DB
	key []byte
}

// New makes the service. secret is FANFARE_SECRET_KEY, at least 32 bytes: keys
// for each purpose are derived from it with HKDF-SHA-256.
func New(db *storage.DB, secret []byte) *Service { return &Service{db: db, key: secret} }

// PersonDraft is what it takes to make a person.
type PersonDraft struct {
	Email    string
	Name     string
	Role     Role
	Locale   string // "" is "en"
	TimeZone string // "" is "UTC"
	Password string // "" makes a person who cannot sign in with a password
}

// CreatePerson makes a person on behalf of actor.
func (s *Service) CreatePerson(ctx context.Context, actor Actor, draft PersonDraft) (Person, error) {
	return Person{}, errNotBuilt
}

// SignUp makes a fan who is nobody's guest: the role of draft is ignored.
func (s *Service) SignUp(ctx context.Context, draft PersonDraft) (Person, error) {
	return Person{}, errNotBuilt
}

// SignIn checks an email and a password. It returns Unauthenticated for a wrong pair.
func (s *Service) SignIn(ctx context.Context, email, password string) (Person, error) {
	return Person{}, errNotBuilt
}

// Actor gives the actor for a person: Unauthenticated when blocked or gone.
func (s *Service) Actor(ctx context.Context, personID int64) (Actor, error) {
	return Actor{}, errNotBuilt
}

// Person gives one person.
func (s *Service) Person(ctx context.Context, id int64) (Person, error) { return Person{}, errNotBuilt }

// People lists people who are no service persons, newest first.
func (s *Service) People(ctx context.Context, limit int, cursor string) (storage.Page[Person], error) {
	return storage.Page[Person]{}, errNotBuilt
}

// Preferences sets the actor's own language and time zone.
func (s *Service) Preferences(ctx context.Context, actor Actor, locale, timeZone string) error {
	return errNotBuilt
}

// NeedsAdmin tells whether there is nobody yet who could administer.
func (s *Service) NeedsAdmin(ctx context.Context) (bool, error) { return false, errNotBuilt }

// SetupToken makes the secret of a one-time link to make the first admin, valid for d.
func (s *Service) SetupToken(ctx context.Context, d time.Duration) (string, error) {
	return "", errNotBuilt
}

// CheckSetupToken tells whether token would still be taken: nil, or NotFound.
func (s *Service) CheckSetupToken(ctx context.Context, token string) error { return errNotBuilt }

// Setup spends the token and makes the first admin, in one transaction.
func (s *Service) Setup(ctx context.Context, token string, draft PersonDraft) (Person, error) {
	return Person{}, errNotBuilt
}

// CreateKey makes an API key with a service person of the role and returns the key itself, once.
func (s *Service) CreateKey(ctx context.Context, actor Actor, name string, role Role) (Key, string, error) {
	return Key{}, "", errNotBuilt
}

// RevokeKey ends a key for good.
func (s *Service) RevokeKey(ctx context.Context, actor Actor, id int64) error { return errNotBuilt }

// Keys lists all keys, newest first.
func (s *Service) Keys(ctx context.Context) ([]Key, error) { return nil, errNotBuilt }

// KeyActor gives the actor behind a key: Unauthenticated when unknown or revoked.
func (s *Service) KeyActor(ctx context.Context, key string) (Actor, error) {
	return Actor{}, errNotBuilt
}

// NetworkAccountDraft is a verified social account, ready to be stored.
type NetworkAccountDraft struct {
	Network, Name, Handle, RemoteID, LinkBaseURL string
	ExpiresAt                                    *time.Time
	Credentials                                  []byte // JSON; sealed before it is stored
}

// ConnectNetworkAccount stores a social account, or, when the same account of
// the network is there already, renews its credentials and settings.
func (s *Service) ConnectNetworkAccount(ctx context.Context, actor Actor, draft NetworkAccountDraft) (NetworkAccount, error) {
	return NetworkAccount{}, errNotBuilt
}

// NetworkAccounts lists all social accounts by network and name.
func (s *Service) NetworkAccounts(ctx context.Context) ([]NetworkAccount, error) {
	return nil, errNotBuilt
}

// NetworkAccount gives one social account with its credentials opened.
func (s *Service) NetworkAccount(ctx context.Context, id int64) (NetworkAccount, []byte, error) {
	return NetworkAccount{}, nil, errNotBuilt
}

// SetProblem notes why a person must look at the account; "" when it is healthy again.
func (s *Service) SetProblem(ctx context.Context, id int64, problem string) error { return errNotBuilt }

// Record adds to the audit trail, inside the caller's transaction.
func Record(tx *storage.Tx, actor Actor, action, subject string) error { return errNotBuilt }

// AuditTrail lists what was done, newest first.
func (s *Service) AuditTrail(ctx context.Context, limit int, cursor string) (storage.Page[AuditEvent], error) {
	return storage.Page[AuditEvent]{}, errNotBuilt
}
