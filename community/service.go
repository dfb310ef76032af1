package community

import (
	"context"
	"log/slog"

	"fanfare/accounts"
	"fanfare/fault"
	"fanfare/scheduler"
	"fanfare/storage"
)

// Service is the door to this package.
type Service struct {
	db  *storage.DB
	log *slog.Logger
}

// New makes the service and registers its jobs.
func New(db *storage.DB, jobs *scheduler.Scheduler, log *slog.Logger) (*Service, error) {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	s := &Service{db: db, log: log}
	scheduler.Handle(jobs, func(ctx context.Context, _ recount) error { return s.recountRecentVotes(ctx) })
	return s, jobs.Every("@hourly", recount{})
}

// signedIn refuses actors who are nobody: every role may take part.
func signedIn(actor accounts.Actor) error {
	if actor.PersonID == 0 || !actor.Role.Valid() {
		return fault.New(fault.Unauthenticated, "fault.unauthenticated", "Please sign in first.")
	}
	return nil
}

// allowed refuses actors whose role is none of roles.
func allowed(actor accounts.Actor, roles ...accounts.Role) error {
	if err := signedIn(actor); err != nil {
		return err
	}
	for _, role := range roles {
		if actor.Role == role {
			return nil
		}
	}
	return forbidden()
}

func forbidden() error {
	return fault.New(fault.Forbidden, "fault.forbidden", "Your role does not allow this.")
}

// moderates tells whether the viewer sees what is hidden; nil is a stranger.
func moderates(viewer *accounts.Actor) bool {
	return viewer != nil && (viewer.Role == accounts.Moderator || viewer.Role == accounts.Admin)
}
