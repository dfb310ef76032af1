package web

import (
	"net/http"
	"net/url"
	"strconv"

	"github.com/gin-gonic/gin"

	"fanfare/community"
)

// rankingPage is the ideas in one order, for planning.
type rankingPage struct {
	Sort  community.Sort
	Sorts []community.Sort
	Lines []rankingLine
	First string // path of the first page; "" on it
	Next  string // path of the next page; "" on the last
}

type rankingLine struct {
	Rank int
	community.Idea
}

const ideasPerPage = 50

func (s *Server) ranking(c *gin.Context) {
	sort := community.Sort(c.DefaultQuery("sort", string(community.Sorts[0])))
	ideas, err := s.Community.Ideas(c.Request.Context(), actorOf(c.Request.Context()), community.Query{
		Sort: sort, Limit: ideasPerPage, Cursor: c.Query("cursor"),
	})
	if err != nil {
		s.fail(c, err)
		return
	}
	// The cursor knows no rank: the address carries it from page to page.
	from, _ := strconv.Atoi(c.Query("from"))
	from = max(from, 1)
	page := rankingPage{Sort: sort, Sorts: community.Sorts}
	for i, idea := range ideas.Items {
		page.Lines = append(page.Lines, rankingLine{from + i, idea})
	}
	if c.Query("cursor") != "" {
		page.First = "/ranking?" + url.Values{"sort": {string(sort)}}.Encode()
	}
	if ideas.NextCursor != "" {
		page.Next = "/ranking?" + url.Values{
			"sort": {string(sort)}, "cursor": {ideas.NextCursor}, "from": {strconv.Itoa(from + len(ideas.Items))},
		}.Encode()
	}
	s.render(c, http.StatusOK, "ranking", page)
}
