package web

import (
	"context"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"fanfare/accounts"
	"fanfare/fault"
)

// auditPage is who did what, newest first.
type auditPage struct {
	Events []auditLine
	Pager  map[string]any
}

type auditLine struct {
	accounts.AuditEvent
	Name   string // of the person; "" for the program itself
	Did    string // the action, with the kind of its subject where that is not clear
	Number string // of the subject, whose kind the action tells; may be empty
	Path   string // of the subject's page; "" without one
}

const eventsPerPage = 50

func (s *Server) audit(c *gin.Context) {
	ctx := c.Request.Context()
	events, err := s.Accounts.AuditTrail(ctx, eventsPerPage, c.Query("cursor"))
	if err != nil {
		s.fail(c, err)
		return
	}
	page := auditPage{Pager: pagerOf(c, events)}
	names := map[int64]string{0: ""}
	for _, event := range events.Items {
		if _, known := names[event.PersonID]; !known {
			if names[event.PersonID], err = s.personName(ctx, event.PersonID); err != nil {
				s.fail(c, err)
				return
			}
		}
		number, path := subjectOf(event.Subject)
		page.Events = append(page.Events, auditLine{event, names[event.PersonID], didWhat(event), number, path})
	}
	s.render(c, http.StatusOK, "audit", page)
}

// personName gives a person's name, or their number once they are gone.
func (s *Server) personName(ctx context.Context, id int64) (string, error) {
	person, err := s.Accounts.Person(ctx, id)
	if fault.Is(err, fault.NotFound) {
		return "#" + formatNumber(accounts.Locales[0], id), nil
	}
	return person.Name, err
}

// didWhat tells the pause of one thing from that of everything.
func didWhat(event accounts.AuditEvent) string {
	kind, _, one := strings.Cut(event.Subject, " ")
	if one && (event.Action == "pause" || event.Action == "resume") {
		return event.Action + "." + kind
	}
	return event.Action
}

// subjectOf reads an audit subject, such as "post 12", and gives its page too.
func subjectOf(subject string) (number, path string) {
	kind, number, _ := strings.Cut(subject, " ")
	switch kind {
	case "account":
		return number, "/settings/accounts"
	case "deliveries":
		return number, "/calendar"
	case "post":
		path = "/posts/"
	case "campaign":
		path = "/campaigns/"
	case "idea":
		path = "/ideas/"
	default:
		return number, ""
	}
	return number, path + number
}

// subjectLink is the page of a subject, and of what kind that is.
type subjectLink struct{ Kind, Path string }

// subjectLinkOf gives nil for a subject without a page.
func subjectLinkOf(subject string) *subjectLink {
	kind, _, _ := strings.Cut(subject, " ")
	_, path := subjectOf(subject)
	if path == "" {
		return nil
	}
	return &subjectLink{kind, path}
}
