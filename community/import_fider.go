package community

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"time"
)

// The tables of Fider's export that are read; app/pkg/backup of
// github.com/getfider/fider writes each as a list of rows.
const (
	fiderPosts    = "posts.json"
	fiderVotes    = "post_votes.json"
	fiderComments = "comments.json"
	fiderUsers    = "users.json"
	fiderTags     = "tags.json"
	fiderPostTags = "post_tags.json"
)

// The statuses of Fider's posts, by the numbers of its package app/models/enum.
const (
	fiderDuplicate = 5
	fiderDeleted   = 6
)

var fiderStatuses = map[int]Status{0: Open, 1: Started, 2: Completed, 3: Declined, 4: Planned}

type fiderPost struct {
	ID             int64      `json:"id"`
	Number         int64      `json:"number"`
	Title          string     `json:"title"`
	Description    string     `json:"description"`
	UserID         int64      `json:"user_id"`
	CreatedAt      time.Time  `json:"created_at"`
	Status         int        `json:"status"`
	Response       string     `json:"response"`
	ResponseUserID int64      `json:"response_user_id"`
	ResponseDate   *time.Time `json:"response_date"`
	OriginalID     int64      `json:"original_id"`
	IsApproved     *bool      `json:"is_approved"` // since 2025
}

func (p fiderPost) where() string { return fmt.Sprintf("post #%d", p.Number) }

func (p fiderPost) deleted() bool {
	return p.Status == fiderDeleted || p.IsApproved != nil && !*p.IsApproved
}

type fiderVote struct {
	PostID    int64     `json:"post_id"`
	UserID    int64     `json:"user_id"`
	CreatedAt time.Time `json:"created_at"`
}

type fiderComment struct {
	ID         int64      `json:"id"`
	PostID     int64      `json:"post_id"`
	UserID     int64      `json:"user_id"`
	Content    string     `json:"content"`
	CreatedAt  time.Time  `json:"created_at"`
	DeletedAt  *time.Time `json:"deleted_at"`
	IsApproved *bool      `json:"is_approved"`
}

type fiderUser struct {
	ID    int64  `json:"id"`
	Name  string `json:"name"`
	Email string `json:"email"`
}

type fiderTag struct {
	ID       int64  `json:"id"`
	Name     string `json:"name"`
	IsPublic *bool  `json:"is_public"`
}

type fiderPostTag struct {
	TagID  int64 `json:"tag_id"`
	PostID int64 `json:"post_id"`
}

// fiderForum is an export being read. Maps are by Fider's ids.
type fiderForum struct {
	set   ImportSet
	order []int64 // of posts
	posts map[int64]fiderPost
	ideas map[int64]*ImportIdea // of posts that come along
}

// ReadFider reads the zip that Fider exports under Backup. Duplicates hand
// their votes on to their originals; deleted posts and comments, those never
// approved, and private tags stay behind. It returns Invalid for another file;
// single rows that make no sense stand in the set's Rejected.
func ReadFider(r io.ReaderAt, size int64) (ImportSet, error) {
	return readFider(r, size, maxTableBytes)
}

func readFider(r io.ReaderAt, size, most int64) (ImportSet, error) {
	tables, err := openTables(r, size, most, fiderPosts, fiderVotes, fiderComments, fiderUsers, fiderTags, fiderPostTags)
	if err != nil {
		return ImportSet{}, err
	}
	f := &fiderForum{
		set:   ImportSet{Source: "fider", People: map[string]ImportPerson{}},
		posts: map[int64]fiderPost{}, ideas: map[int64]*ImportIdea{},
	}
	for _, read := range []func(zipTables) error{f.readUsers, f.readPosts, f.readTags, f.readVotes, f.readComments} {
		if err := read(tables); err != nil {
			return ImportSet{}, err
		}
	}
	for _, id := range f.order {
		if idea := f.ideas[id]; idea != nil {
			f.set.Ideas = append(f.set.Ideas, *idea)
		}
	}
	return f.set, nil
}

func (f *fiderForum) reject(where, reason string) {
	f.set.Rejected = append(f.set.Rejected, Rejection{where, reason})
}

func personKey(id int64) string { return strconv.FormatInt(id, 10) }

func (f *fiderForum) readUsers(tables zipTables) error {
	return eachRow(tables, fiderUsers, f.reject, func(_ int, u fiderUser) {
		f.set.People[personKey(u.ID)] = ImportPerson{Email: u.Email, Name: u.Name}
	})
}

func (f *fiderForum) readPosts(tables zipTables) error {
	return eachRow(tables, fiderPosts, f.reject, func(place int, p fiderPost) {
		status, known := fiderStatuses[p.Status]
		_, twice := f.posts[p.ID]
		switch {
		case p.ID <= 0 || p.Number <= 0 || twice:
			f.reject(fmt.Sprintf("%s, element %d", fiderPosts, place), "It has no id and number of its own.")
			return
		case p.deleted():
			f.set.Deleted++
		case p.Status == fiderDuplicate:
			f.set.Duplicates++
		case !known:
			f.reject(p.where(), fmt.Sprintf("There is no status %d.", p.Status))
		default:
			f.ideas[p.ID] = p.idea(status)
		}
		f.order = append(f.order, p.ID)
		f.posts[p.ID] = p
	})
}

func (p fiderPost) idea(status Status) *ImportIdea {
	idea := &ImportIdea{
		Where: p.where(), RemoteID: strconv.FormatInt(p.Number, 10),
		Draft:  IdeaDraft{Title: p.Title, Body: p.Description},
		Author: personKey(p.UserID), CreatedAt: p.CreatedAt,
		Status: status, Response: p.Response, RespondedAt: p.ResponseDate,
	}
	if p.ResponseUserID != 0 {
		idea.RespondedBy = personKey(p.ResponseUserID)
	}
	return idea
}

// original gives the idea that a post's votes belong to: its own, or that of
// the post it is a duplicate of, however many steps away; nil when that does
// not come along.
func (f *fiderForum) original(post int64) *ImportIdea {
	for range 100 { // Fider makes no long chains; a file could hold a circle
		p, ok := f.posts[post]
		if !ok || p.deleted() {
			return nil
		}
		if p.Status != fiderDuplicate {
			return f.ideas[post]
		}
		post = p.OriginalID
	}
	return nil
}

func (f *fiderForum) readVotes(tables zipTables) error {
	return eachRow(tables, fiderVotes, f.reject, func(_ int, v fiderVote) {
		if idea := f.original(v.PostID); idea != nil {
			idea.Votes = append(idea.Votes, ImportVote{Person: personKey(v.UserID), CastAt: v.CreatedAt})
		} else {
			f.set.VotesLeftOut++
		}
	})
}

func (f *fiderForum) readComments(tables zipTables) error {
	return eachRow(tables, fiderComments, f.reject, func(_ int, c fiderComment) {
		idea := f.ideas[c.PostID]
		switch {
		case c.DeletedAt != nil: // no longer there to be left out
		case idea == nil || c.IsApproved != nil && !*c.IsApproved:
			f.set.CommentsLeftOut++
		default:
			idea.Comments = append(idea.Comments, ImportComment{
				Where:  fmt.Sprintf("comment %d of %s", c.ID, idea.Where),
				Author: personKey(c.UserID), Body: c.Content, CreatedAt: c.CreatedAt,
			})
		}
	})
}

// readTags reads tags and who carries them. Fider shows private tags to its
// staff alone; there are none here, so they must not become public.
func (f *fiderForum) readTags(tables zipTables) error {
	names := map[int64]string{}
	err := eachRow(tables, fiderTags, f.reject, func(_ int, t fiderTag) {
		if t.IsPublic != nil && !*t.IsPublic {
			f.reject(fmt.Sprintf("tag %q", t.Name), "Private tags are not imported: here everybody would see them.")
			return
		}
		names[t.ID] = t.Name
	})
	if err != nil {
		return err
	}
	return eachRow(tables, fiderPostTags, f.reject, func(_ int, pt fiderPostTag) {
		name, public := names[pt.TagID]
		if idea := f.ideas[pt.PostID]; idea != nil && public && !slices.Contains(idea.Draft.Tags, name) {
			idea.Draft.Tags = append(idea.Draft.Tags, name)
		}
	})
}
