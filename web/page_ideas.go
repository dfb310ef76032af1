package web

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"fanfare/accounts"
	"fanfare/community"
	"fanfare/storage"
)

// shownTags is how many tags the list offers, the commonest first.
const shownTags = 12

// ideaList is the forum's front page.
type ideaList struct {
	Query   community.Query
	Found   storage.Page[community.Idea]
	AllTags []community.TagCount
}

// Sorts are those a fan has use for; the ranking page has them all.
func (ideaList) Sorts() []community.Sort {
	return []community.Sort{community.Top, community.Trending, community.Recent, community.Discussed}
}

// Statuses lists what to filter by.
func (ideaList) Statuses() []community.Status { return community.Statuses }

// Tags are the commonest ones, and in any case the chosen one.
func (l ideaList) Tags() []string {
	var tags []string
	for _, t := range l.AllTags[:min(shownTags, len(l.AllTags))] {
		tags = append(tags, t.Tag)
	}
	if l.Query.Tag != "" && !slices.Contains(tags, l.Query.Tag) {
		tags = append(tags, l.Query.Tag)
	}
	return tags
}

// Filtered tells whether ideas may be missing because of what was asked.
func (l ideaList) Filtered() bool {
	return l.Query.Q != "" || l.Query.Tag != "" || l.Query.Status != "" || l.Query.Hidden
}

// Link gives this list with one thing changed, from its first page on; with
// "cursor", its next page.
func (l ideaList) Link(name string, value any) string {
	query := url.Values{
		"sort": {string(l.Query.Sort)}, "status": {string(l.Query.Status)}, "tag": {l.Query.Tag}, "q": {l.Query.Q},
	}
	if l.Query.Hidden {
		query.Set("hidden", "1")
	}
	query.Set(name, fmt.Sprint(value))
	for key, values := range query {
		if values[0] == "" || key == "sort" && values[0] == string(community.Sorts[0]) {
			query.Del(key)
		}
	}
	if len(query) == 0 {
		return "/ideas"
	}
	return "/ideas?" + query.Encode()
}

// First leads back to the first page, from any other.
func (l ideaList) First() string {
	if l.Query.Cursor == "" {
		return ""
	}
	return l.Link("cursor", "")
}

// Next leads to the next page; "" on the last.
func (l ideaList) Next() string {
	if l.Found.NextCursor == "" {
		return ""
	}
	return l.Link("cursor", l.Found.NextCursor)
}

func (s *Server) ideasPage(c *gin.Context) {
	ctx := c.Request.Context()
	list := ideaList{Query: community.Query{
		Sort: community.Sort(c.DefaultQuery("sort", string(community.Sorts[0]))), Status: community.Status(c.Query("status")),
		Tag: c.Query("tag"), Q: strings.TrimSpace(c.Query("q")), Cursor: c.Query("cursor"), Hidden: c.Query("hidden") != "",
	}}
	var err error
	if list.Found, err = s.Community.Ideas(ctx, actorOf(ctx), list.Query); err != nil {
		s.fail(c, err)
		return
	}
	if list.AllTags, err = s.Community.Tags(ctx); err != nil {
		s.fail(c, err)
		return
	}
	s.render(c, 200, "ideas", list)
}

// ideaForm is a new idea, as far as it was filled in.
type ideaForm struct {
	Title, Body, Tags, Locale string
	Similar                   []community.Idea
}

// Locales are the languages an idea can be in, by their own names.
func (ideaForm) Locales() []option {
	options := make([]option, len(accounts.Locales))
	for i, locale := range accounts.Locales {
		options[i] = option{locale, languageName(locale)}
	}
	return options
}

// option is one choice of a select.
type option struct{ Value, Label string }

func (s *Server) newIdeaPage(c *gin.Context) {
	s.render(c, 200, "idea_new", ideaForm{Title: c.Query("title"), Locale: s.locale(c)})
}

func (s *Server) submitIdea(c *gin.Context, actor accounts.Actor) {
	ctx := c.Request.Context()
	form := ideaForm{Title: c.PostForm("title"), Body: c.PostForm("body"), Tags: c.PostForm("tags"), Locale: c.PostForm("locale")}
	idea, err := s.Community.SubmitIdea(ctx, actor, community.IdeaDraft{
		Title: form.Title, Body: form.Body, Tags: splitTags(form.Tags), Locale: form.Locale,
	})
	if err != nil {
		form.Similar, _ = s.Community.Similar(ctx, form.Title, 5) // a help: its failure is none
		s.renderForm(c, "idea_new", form, err)
		return
	}
	s.say(c, "idea.submitted", "")
	seeOther(c, ideaPath(idea.Number))
}

// splitTags reads tags parted by commas, in Chinese too; words of one tag are
// joined by hyphens.
func splitTags(text string) []string {
	var tags []string
	for _, tag := range strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(",，、;；#", r) }) {
		if tag = strings.Join(strings.Fields(tag), "-"); tag != "" {
			tags = append(tags, tag)
		}
	}
	return tags
}

// similarIdeas is the part of the form for new ideas that changes while a
// title is typed.
func (s *Server) similarIdeas(c *gin.Context) {
	similar, err := s.Community.Similar(c.Request.Context(), c.Query("title"), 5)
	if err != nil {
		s.fail(c, err)
		return
	}
	s.render(c, 200, "ideas_similar", ideaForm{Similar: similar})
}
