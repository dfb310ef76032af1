package app

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"fanfare/accounts"
	"fanfare/campaigns"
	"fanfare/connectors"
	"fanfare/connectors/connectortest"
	"fanfare/fault"
	"fanfare/storage"
)

func TestApart(t *testing.T) {
	t.Parallel()
	noon := time.Date(2012, 8, 16, 12, 0, 0, 0, time.UTC)
	after := func(s float64) time.Time { return noon.Add(time.Duration(s * float64(time.Second))) }
	for name, test := range map[string]struct {
		asked, answered, earliest, latest, want float64
	}{
		"the same":               {0, 0.2, 0, 1, 0},
		"within the call":        {0, 5, 3, 4, 0},
		"ahead":                  {5, 5.2, 1, 2, 3},
		"behind":                 {0, 0.2, 3.2, 4.2, -3},
		"whole seconds hide one": {1.9, 1.95, 1, 2, 0},
	} {
		got := apart(after(test.asked), after(test.answered), after(test.earliest), after(test.latest))
		if got.Seconds() != test.want {
			t.Errorf("%s: %s, want %v s", name, got, test.want)
		}
	}
}

func TestMachineVerdicts(t *testing.T) {
	t.Parallel()
	for want, got := range map[string]campaigns.Finding{
		"clock_ok":     clockFinding("X", -time.Second),
		"clock_ahead":  clockFinding("X", 1100*time.Millisecond),
		"clock_behind": clockFinding("X", -3*time.Second),
		"disk_ok":      diskFinding(2<<30, 1<<30),
		"disk_tight":   diskFinding(2<<30, 3<<30),
		"disk_full":    diskFinding(99<<20, 0),
	} {
		if got.Code != want || strings.Contains(got.Found, "{{") {
			t.Errorf("%+v, want %s", got, want)
		}
	}
}

func TestLinksToThisMachineAreNamedOnRealNetworksAlone(t *testing.T) {
	t.Parallel()
	a := &App{Config: Config{PublicURL: "http://127.0.0.1:8080", XURL: "https://api.x.com", WeiboURL: "http://127.0.0.1:9002"}}
	found := a.loopbackFindings([]accounts.NetworkAccount{
		{Network: connectors.Twitter, Handle: "@a"}, {Network: connectors.Weibo, Handle: "b"},
		{Network: connectors.Twitter, Handle: "@c", LinkBaseURL: "https://go.example.com"},
	})
	if len(found) != 1 || found[0].About != "@a" || found[0].Code != "link_loopback" {
		t.Errorf("%+v", found)
	}
}

// TestPreflightOfACampaign runs one on a whole service, while it serves.
func TestPreflightOfACampaign(t *testing.T) {
	t.Parallel()
	for _, dialect := range []storage.Dialect{storage.SQLite, storage.Postgres} {
		t.Run(string(dialect), func(t *testing.T) {
			t.Parallel()
			h := newHealthy(t, dialect)
			if err := (&CheckCommand{Campaign: 1}).Run(t.Context(), &h.config); !fault.Is(err, fault.NotFound) {
				t.Errorf("no campaign: %v", err)
			}
			a, stop := start(t, h.config)
			id := makeCampaign(t, a)
			p, err := a.Campaigns.Preflight(t.Context(), id)
			if err != nil {
				t.Fatal(err)
			}
			codes := map[string]int{}
			for _, f := range p.Findings {
				codes[f.Code]++
			}
			// The store is made up, so it is silent; Weibo's sandbox gives 30 days.
			for _, code := range []string{"posts_due", "texts_ok", "store_silent", "cost", "database_ok", "token_ok"} {
				if codes[code] != 1 {
					t.Errorf("%s stands %d times: %+v", code, codes[code], p.Findings)
				}
			}
			if codes["account_ok"] != 2 || codes["link_ok"] != 2 || codes["clock_ok"] < 2 || p.Problems != 1 {
				t.Errorf("%+v", p.Findings)
			}
			text := preflightText(campaigns.Campaign{Name: "Launch"}, p)
			if !strings.HasPrefix(text, "Launch: 1 thing to mend before ") || !strings.Contains(text, "\nAccounts\n  ok ") {
				t.Error(text)
			}
			if err := (&CheckCommand{Campaign: id, JSON: true}).Run(t.Context(), &h.config); !fault.Is(err, fault.Unavailable) {
				t.Errorf("a campaign with a problem: %v", err)
			}
			if err := stop(); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// makeCampaign makes a campaign with a post for every account, due in two hours.
func makeCampaign(t *testing.T, a *App) int64 {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	person, err := a.Accounts.CreatePerson(t.Context(), accounts.System(), accounts.PersonDraft{Email: "lin@example.com", Name: "Lin", Role: accounts.Marketing})
	must(err)
	actor, err := a.Accounts.Actor(t.Context(), person.ID)
	must(err)
	due := a.Clock.Now().Add(2 * time.Hour)
	sale, err := a.Campaigns.CreateSale(t.Context(), actor, campaigns.Sale{
		Name: "Mi 2", Product: "Mi 2", Market: "HK", Currency: "HKD", Units: 1000, OpensAt: due, StoreURL: "http://127.0.0.1:1/mi2",
	})
	must(err)
	campaign, err := a.Campaigns.CreateCampaign(t.Context(), actor, sale.ID, "Launch")
	must(err)
	social, err := a.Accounts.NetworkAccounts(t.Context())
	must(err)
	image, err := a.Media.Upload(t.Context(), actor, bytes.NewReader(connectortest.Image(1).Content))
	must(err)
	draft := campaigns.PostDraft{
		CampaignID: campaign.ID, Text: "小米手机2 {link} ", DueAt: due, Media: []campaigns.PostMedia{{Hash: image.Hash, AltText: "The phone"}},
	}
	for _, account := range social {
		draft.Accounts = append(draft.Accounts, account.ID)
	}
	_, err = a.Campaigns.SchedulePost(t.Context(), actor, draft)
	must(err)
	return campaign.ID
}
