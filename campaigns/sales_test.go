package campaigns

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"fanfare/accounts"
	"fanfare/campaigns/shoptest"
	"fanfare/fault"
	"fanfare/storage"
	"fanfare/storage/storagetest"
)

func TestCheckSale(t *testing.T) {
	t.Parallel()
	opens := noon
	valid := func() Sale {
		return Sale{Name: "Mi 2", Product: "Mi 2", Market: "HK", Currency: "HKD", Units: 1, OpensAt: opens, StoreURL: "https://shop.example/"}
	}
	cases := map[string]struct {
		change func(*Sale)
		wrong  []string
	}{
		"valid":             {func(*Sale) {}, nil},
		"small letters":     {func(s *Sale) { s.Market, s.Currency = " hk", "hkd" }, nil},
		"the Union":         {func(s *Sale) { s.Market = "eu" }, nil},
		"not of ISO":        {func(s *Sale) { s.Market = "UK" }, nil},
		"emoji name":        {func(s *Sale) { s.Name = strings.Repeat("👨‍👩‍👧‍👦", 200) }, nil},
		"port and fragment": {func(s *Sale) { s.StoreURL = "http://shop.example:8443/a?b=c&d=%20#/buy" }, nil},
		"everything": {func(s *Sale) { *s = Sale{} },
			[]string{"name", "product", "market", "currency", "units", "opens_at", "store_url"}},
		"long name":        {func(s *Sale) { s.Name = strings.Repeat("é", 201) }, []string{"name"}},
		"blank name":       {func(s *Sale) { s.Name = " \u3000 " }, []string{"name"}},
		"line break":       {func(s *Sale) { s.Name = "a\nb" }, []string{"name"}},
		"NUL":              {func(s *Sale) { s.Product = "a\x00b" }, []string{"product"}},
		"broken UTF-8":     {func(s *Sale) { s.Name = "a\xff" }, []string{"name"}},
		"three letters":    {func(s *Sale) { s.Market = "HKG" }, []string{"market"}},
		"number":           {func(s *Sale) { s.Market = "344" }, []string{"market"}},
		"old code":         {func(s *Sale) { s.Market = "DD" }, []string{"market"}},
		"unassigned":       {func(s *Sale) { s.Market = "XX" }, []string{"market"}},
		"group":            {func(s *Sale) { s.Market = "QO" }, []string{"market"}},
		"no currency":      {func(s *Sale) { s.Currency = "RMB" }, []string{"currency"}},
		"no units":         {func(s *Sale) { s.Units = 0 }, []string{"units"}},
		"too many units":   {func(s *Sale) { s.Units = 1_000_000_001 }, []string{"units"}},
		"closes first":     {func(s *Sale) { s.ClosesAt = &opens }, []string{"closes_at"}},
		"relative address": {func(s *Sale) { s.StoreURL = "/buy" }, []string{"store_url"}},
		"script":           {func(s *Sale) { s.StoreURL = "javascript:alert(1)" }, []string{"store_url"}},
		"password":         {func(s *Sale) { s.StoreURL = "https://a:b@shop.example/" }, []string{"store_url"}},
		"no host":          {func(s *Sale) { s.StoreURL = "https://:80/" }, []string{"store_url"}},
		"header":           {func(s *Sale) { s.StoreURL = "https://shop.example/\r\nX: y" }, []string{"store_url"}},
		"endless address":  {func(s *Sale) { s.StoreURL = "https://shop.example/" + strings.Repeat("a", 2000) }, []string{"store_url"}},
	}
	for name, c := range cases {
		sale := valid()
		c.change(&sale)
		_, err := checkSale(sale)
		if c.wrong == nil {
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		if diff := cmp.Diff(c.wrong, shoptest.InvalidFields(t, err)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestSalesAndCampaigns(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, clock *storagetest.Clock) {
		d := openDesk(t, db)
		ctx := t.Context()
		zone := time.FixedZone("HKT", 8*3600)
		draft := d.saleDraft()
		draft.ID, draft.CreatedBy = 77, 99 // not for the caller to choose
		draft.OpensAt = clock.Now().Add(time.Hour).In(zone)
		closes := draft.OpensAt.Add(time.Hour)
		draft.ClosesAt = &closes
		sale, err := d.CreateSale(ctx, d.actor, draft)
		must(t, err)
		if sale.ID == 77 || sale.CreatedBy != d.actor.PersonID || sale.OpensAt.Location() != time.UTC {
			t.Errorf("%+v", sale)
		}
		read, err := d.Sale(ctx, sale.ID)
		must(t, err)
		if diff := cmp.Diff(sale, read); diff != "" {
			t.Error(diff)
		}
		for range 4 {
			_, err := d.CreateCampaign(ctx, d.actor, sale.ID, " Teaser ")
			must(t, err)
		}
		checkPages(t, d, 5)
		campaign, err := d.Campaign(ctx, d.campaign.ID)
		if err != nil || campaign.Name != "Launch" {
			t.Errorf("%+v, %v", campaign, err)
		}
		if _, err := d.Campaign(ctx, 999); !fault.Is(err, fault.NotFound) {
			t.Errorf("no campaign: %v", err)
		}
		if _, err := d.Sale(ctx, 999); !fault.Is(err, fault.NotFound) {
			t.Errorf("no sale: %v", err)
		}
		_, err = d.CreateCampaign(ctx, d.actor, 999, "")
		if diff := cmp.Diff([]string{"name", "sale_id"}, shoptest.InvalidFields(t, err)); diff != "" {
			t.Error(diff)
		}
		trail, err := d.accounts.AuditTrail(ctx, 1, "")
		if err != nil || trail.Items[0].Action != "campaign.create" {
			t.Errorf("%+v, %v", trail, err)
		}
	})
}

// checkPages walks through all campaigns, two at a time.
func checkPages(t *testing.T, d *desk, want int) {
	t.Helper()
	var ids []int64
	for cursor := ""; ; {
		page, err := d.Campaigns(t.Context(), 2, cursor)
		must(t, err)
		for _, c := range page.Items {
			if len(ids) > 0 && c.ID >= ids[len(ids)-1] {
				t.Errorf("%d after %d", c.ID, ids[len(ids)-1])
			}
			ids = append(ids, c.ID)
		}
		if cursor = page.NextCursor; cursor == "" {
			break
		}
	}
	if len(ids) != want {
		t.Errorf("%d campaigns, want %d", len(ids), want)
	}
	if _, err := d.Sales(t.Context(), 2, "nonsense"); !fault.Is(err, fault.Invalid) {
		t.Errorf("cursor: %v", err)
	}
	if _, err := d.Sales(t.Context(), -1, ""); !fault.Is(err, fault.Invalid) {
		t.Errorf("limit: %v", err)
	}
}

func TestWhoMayRunCampaigns(t *testing.T) {
	t.Parallel()
	d := openDesk(t, storagetest.Open(t, storage.SQLite, storagetest.NewClock()))
	id := d.schedule(t, d.draft()).ID
	ctx := t.Context()
	for _, role := range accounts.Roles {
		actor := accounts.Actor{PersonID: d.actor.PersonID, Role: role}
		calls := map[string]func() error{
			"CreateSale":     func() error { _, err := d.CreateSale(ctx, actor, d.saleDraft()); return err },
			"CreateCampaign": func() error { _, err := d.CreateCampaign(ctx, actor, d.campaign.SaleID, "x"); return err },
			"SchedulePost":   func() error { _, err := d.SchedulePost(ctx, actor, d.draft()); return err },
			"CancelPost":     func() error { _, err := d.CancelPost(ctx, actor, id); return err },
			"SettleDelivery": func() error { return d.SettleDelivery(ctx, actor, id, "") },
			"Pause":          func() error { return d.Pause(ctx, actor) },
			"Reschedule":     func() error { _, err := d.Reschedule(ctx, actor, 1, Rescheduling{DueAt: time.Now()}); return err },
			"Resume":         func() error { return d.Resume(ctx, actor) },
			"ConnectAccount": func() error { _, err := d.ConnectAccount(ctx, actor, AccountDraft{}); return err },
		}
		may := role == accounts.Admin || role == accounts.Marketing
		for name, call := range calls {
			if err := call(); fault.Is(err, fault.Forbidden) == may {
				t.Errorf("%s as %s: %v", name, role, err)
			}
		}
	}
}
