package community

import (
	"context"
	"io"
	"log/slog"

	"fanfare/accounts"
	"fanfare/fault"
	"fanfare/scheduler"
	"fanfare/storage"
)

var errNotBuilt = fault.New(fault.Internal, "", "Not built yet.")

// Service is the door to this package.
type Service struct {
	db  *storage.DB
	log *slog.Logger
}

// New makes the service and registers its jobs.
func New(db *storage.DB, jobs *scheduler.Scheduler, log *slog.Logger) (*Service, error) {
	return &Service{db: db, log: log}, nil
}

// SubmitIdea stores an idea; its author's vote stands from the start.
func (s *Service) SubmitIdea(ctx context.Context, actor accounts.Actor, draft IdeaDraft) (Idea, error) {
	return Idea{}, errNotBuilt
}

// Ideas lists ideas; viewer fills in Voted and may be nil.
func (s *Service) Ideas(ctx context.Context, viewer *accounts.Actor, q Query) (storage.Page[Idea], error) {
	return storage.Page[Idea]{}, errNotBuilt
}

// Idea gives one idea; a hidden one only to its moderators.
func (s *Service) Idea(ctx context.Context, viewer *accounts.Actor, number int64) (Idea, error) {
	return Idea{}, errNotBuilt
}

// Similar lists open ideas whose words resemble the title, the nearest first.
func (s *Service) Similar(ctx context.Context, title string, limit int) ([]Idea, error) {
	return nil, errNotBuilt
}

// Tags lists the tags in use with the number of ideas, the commonest first.
func (s *Service) Tags(ctx context.Context) ([]TagCount, error) { return nil, errNotBuilt }

// TagCount is a tag and how many ideas carry it.
type TagCount struct {
	Tag   string `json:"tag"`
	Ideas int64  `json:"ideas"`
}

// Vote has the actor's vote stand; twice is once.
func (s *Service) Vote(ctx context.Context, actor accounts.Actor, number int64) (votes int64, err error) {
	return 0, errNotBuilt
}

// Unvote takes the actor's vote back; twice is once.
func (s *Service) Unvote(ctx context.Context, actor accounts.Actor, number int64) (votes int64, err error) {
	return 0, errNotBuilt
}

// AddComment adds to the discussion.
func (s *Service) AddComment(ctx context.Context, actor accounts.Actor, number int64, body string) (Comment, error) {
	return Comment{}, errNotBuilt
}

// Comments lists an idea's comments, oldest first; moderators see hidden ones.
func (s *Service) Comments(ctx context.Context, viewer *accounts.Actor, number int64) ([]Comment, error) {
	return nil, errNotBuilt
}

// SetStatus gives the company's answer to an idea.
func (s *Service) SetStatus(ctx context.Context, actor accounts.Actor, number int64, status Status, response string) (Idea, error) {
	return Idea{}, errNotBuilt
}

// HideIdea hides an idea, or shows it again.
func (s *Service) HideIdea(ctx context.Context, actor accounts.Actor, number int64, hidden bool) error {
	return errNotBuilt
}

// HideComment hides a comment, or shows it again.
func (s *Service) HideComment(ctx context.Context, actor accounts.Actor, id int64, hidden bool) error {
	return errNotBuilt
}

// Export streams the ranking to w.
func (s *Service) Export(ctx context.Context, w io.Writer, o ExportOptions) error { return errNotBuilt }
