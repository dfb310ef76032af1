package web

import (
	"net/http"
	"strconv"

	"github.com/gin-gonic/gin"

	"fanfare/campaigns"
	"fanfare/campaigns/reports"
	"fanfare/fault"
)

// rehearsalPage is the last rehearsal of a campaign, or the one that is running.
type rehearsalPage struct {
	Campaign  campaigns.Campaign
	Rehearsal *reports.Rehearsal // nil without any
}

// Running tells whether the page will change by itself.
func (p rehearsalPage) Running() bool { return p.Rehearsal != nil && p.Rehearsal.EndedAt == nil }

// Steps are the stages of a rehearsal, in order.
func (rehearsalPage) Steps() []string {
	return []string{"preparing", "posting", "clicking", "ordering", "counting"}
}

// Step counts the stages that are behind.
func (p rehearsalPage) Step() int {
	for i, stage := range p.Steps() {
		if stage == p.Rehearsal.Stage {
			return i
		}
	}
	return len(p.Steps())
}

func (s *Server) rehearsal(c *gin.Context) {
	page, err := s.rehearsalPage(c)
	if err != nil {
		s.fail(c, err)
		return
	}
	s.render(c, http.StatusOK, "rehearsal", page)
}

func (s *Server) rehearsalPage(c *gin.Context) (page rehearsalPage, err error) {
	id, err := pathID(c, "id")
	if err != nil {
		return page, err
	}
	page.Rehearsal = s.Rehearsal(id)
	page.Campaign, err = s.Campaigns.Campaign(c.Request.Context(), id)
	return page, err
}

func (s *Server) rehearse(c *gin.Context) {
	page, err := s.rehearsalPage(c)
	if err != nil {
		s.fail(c, err)
		return
	}
	if err := s.Rehearse(page.Campaign.ID); err != nil {
		s.renderForm(c, "rehearsal", page, err)
		return
	}
	seeOther(c, "/campaigns/"+strconv.FormatInt(page.Campaign.ID, 10)+"/rehearsal")
}

// noRehearsals take the place of what the program does not hand over.
func (o *Options) noRehearsals() {
	if o.Rehearse == nil {
		o.Rehearse = func(int64) error {
			return fault.New(fault.Unavailable, "rehearsal.none", "There are no rehearsals here.")
		}
	}
	if o.Rehearsal == nil {
		o.Rehearsal = func(int64) *reports.Rehearsal { return nil }
	}
}
