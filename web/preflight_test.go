package web

import (
	"strings"
	"testing"
	"time"

	"fanfare/accounts"
	"fanfare/campaigns"
	"fanfare/storage"
)

// TestFindingsSayTheSameInEnglish compares the sentences of the service, which
// the API and the command line print, with those of the pages.
func TestFindingsSayTheSameInEnglish(t *testing.T) {
	t.Parallel()
	english := everyMessage(t, accounts.Locales[0])
	for key, sentence := range campaigns.Sayings() {
		if untypeset(english[key]) != sentence {
			t.Errorf("%s: the service says %q, the pages %q", key, sentence, english[key])
		}
	}
}

func TestPreflightPage(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.must(d.db.Write(t.Context(), func(tx *storage.Tx) error { // a store that answers at once, with nothing
		return tx.Model(&campaigns.Sale{}).Where("id = ?", d.sale.ID).Update("store_url", "http://127.0.0.1:1/").Error
	}))
	d.wants(200, "2 things to mend.", "No post is scheduled.", `href="/campaigns/1"`)(d.get("/campaigns/1/preflight"))
	d.schedule("Soon {link}", time.Hour)
	d.wants(200, "Pre-flight", `href="/campaigns/1/preflight"`)(d.get("/campaigns/1"))
	d.post("/campaigns/1/pause", nil)
	status, body, _ := d.get("/campaigns/1/preflight")
	d.wants(200, "The campaign is paused.", "Resume it before the first post is due.", "X accepts the account.", "@mi_hk",
		"mend before Thu 16 Aug, 21:00.", "for the posts to come (1)", "$0.20", "Its links lead to the store.")(status, body, "")
	if strings.Index(body, "The campaign is paused.") > strings.Index(body, "X accepts the account.") {
		t.Error("a problem stands below what is well")
	}
	if strings.Contains(body, "{{") {
		t.Error("a place in a sentence is not filled")
	}
	d.wants(200, "Die Kampagne ist angehalten.", "Der Shop antwortet nicht: die Verbindung wurde abgelehnt.")(d.get("/campaigns/1/preflight?lang=de"))
	d.wants(404)(d.get("/campaigns/77/preflight"))
	status, answer := d.call(d.adminKey, "GET", "/api/v1/campaigns/1/preflight", nil)
	if status != 200 || answer["ready"] != false || len(answer["findings"].([]any)) < 8 {
		t.Errorf("%d %v", status, answer)
	}
}

func TestFindingsOfManyPostsAreCut(t *testing.T) {
	t.Parallel()
	findings := make([]campaigns.Finding, 10_000)
	for i := range findings {
		findings[i] = campaigns.Finding{Group: "posts", Verdict: campaigns.VerdictOK}
	}
	groups := groupFindings(append(findings, campaigns.Finding{Group: "links", Verdict: campaigns.VerdictProblem}))
	if len(groups) != 2 || groups[0].Name != "links" || groups[0].More != 0 || len(groups[1].Findings) != 50 || groups[1].More != 9950 {
		t.Errorf("%d groups, the first %s with %d more, the last with %d", len(groups), groups[0].Name, groups[0].More, groups[len(groups)-1].More)
	}
}
