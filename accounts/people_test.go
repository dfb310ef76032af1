package accounts_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"fanfare/accounts"
	"fanfare/fault"
	"fanfare/storage"
	"fanfare/storage/storagetest"
)

func TestCreatePerson(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, clock *storagetest.Clock) {
		s := newService(t, db)
		made, err := s.CreatePerson(t.Context(), accounts.System(), accounts.PersonDraft{
			Email: " Lei@Example.com ", Name: " 雷军 👨‍👩‍👧 ", Role: accounts.Marketing,
		})
		if err != nil {
			t.Fatal(err)
		}
		want := accounts.Person{
			ID: made.ID, Email: "lei@example.com", Name: "雷军 👨‍👩‍👧", Role: accounts.Marketing,
			Locale: "en", TimeZone: "UTC", CreatedAt: clock.Now(),
		}
		got, err := s.Person(t.Context(), made.ID)
		if diff := cmp.Diff(want, got); err != nil || diff != "" || made.ID == 0 {
			t.Error(err, diff)
		}
		actor, err := s.Actor(t.Context(), made.ID)
		wantActor := accounts.Actor{PersonID: made.ID, Role: accounts.Marketing, Name: want.Name, Locale: "en", TimeZone: "UTC"}
		if diff := cmp.Diff(wantActor, actor); err != nil || diff != "" {
			t.Error(err, diff)
		}
		_, err = s.CreatePerson(t.Context(), accounts.System(), accounts.PersonDraft{Email: "LEI@example.com", Name: "Another", Role: accounts.Fan})
		wantFields(t, err, fault.Conflict, "email")
		wantActions(t, s, "person.create")

		_, err = s.Person(t.Context(), made.ID+1)
		wantKind(t, err, fault.NotFound)
		_, err = s.Actor(t.Context(), made.ID+1)
		wantKind(t, err, fault.Unauthenticated)
		_, err = s.Actor(t.Context(), accounts.System().PersonID)
		wantKind(t, err, fault.Unauthenticated)
	})
}

func TestOnlyAdminsAdminister(t *testing.T) {
	t.Parallel()
	s := newService(t, storagetest.Open(t, storage.SQLite, storagetest.NewClock()))
	victim, _ := create(t, s, "victim@example.com", accounts.Fan)
	for _, role := range []accounts.Role{accounts.Marketing, accounts.Product, accounts.Moderator, accounts.Fan, ""} {
		actor := accounts.Actor{PersonID: victim.ID + 1, Role: role}
		_, err := s.CreatePerson(t.Context(), actor, accounts.PersonDraft{Email: "x@example.com", Name: "X", Role: accounts.Admin})
		wantKind(t, err, fault.Forbidden)
		_, _, err = s.CreateKey(t.Context(), actor, "shop", accounts.Admin)
		wantKind(t, err, fault.Forbidden)
		wantKind(t, s.RevokeKey(t.Context(), actor, 1), fault.Forbidden)
		_, err = s.SetBlocked(t.Context(), actor, victim.ID, true)
		wantKind(t, err, fault.Forbidden)
		if role != accounts.Marketing {
			_, err = s.ConnectNetworkAccount(t.Context(), actor, accounts.NetworkAccountDraft{})
			wantKind(t, err, fault.Forbidden)
		}
	}
	if people, err := s.People(t.Context(), accounts.Everybody, 0, ""); err != nil || len(people.Items) != 1 {
		t.Errorf("%d people after all these refusals, %v", len(people.Items), err)
	}
}

func TestPersonDraftsAreChecked(t *testing.T) {
	t.Parallel()
	s := newService(t, storagetest.Open(t, storage.SQLite, storagetest.NewClock()))
	good := accounts.PersonDraft{Email: "a@example.com", Name: "A", Role: accounts.Fan}
	long := strings.Repeat("x", 200)
	for name, c := range map[string]struct {
		change func(*accounts.PersonDraft)
		want   []string
	}{
		"nothing":            {func(d *accounts.PersonDraft) { *d = accounts.PersonDraft{} }, []string{"email", "name", "role"}},
		"no @":               {func(d *accounts.PersonDraft) { d.Email = "example.com" }, []string{"email"}},
		"display name":       {func(d *accounts.PersonDraft) { d.Email = "Lei <lei@example.com>" }, []string{"email"}},
		"two addresses":      {func(d *accounts.PersonDraft) { d.Email = "a@example.com,b@example.com" }, []string{"email"}},
		"header injection":   {func(d *accounts.PersonDraft) { d.Email = "a@example.com\r\nBcc: b@example.com" }, []string{"email"}},
		"email of 255 bytes": {func(d *accounts.PersonDraft) { d.Email = long + "@" + long[:54] }, []string{"email"}},
		"email not UTF-8":    {func(d *accounts.PersonDraft) { d.Email = "\xff@example.com" }, []string{"email"}},
		"blank name":         {func(d *accounts.PersonDraft) { d.Name = " \t " }, []string{"name"}},
		"unseen name":        {func(d *accounts.PersonDraft) { d.Name = "\u200b\u200d" }, []string{"name"}},
		"81 characters":      {func(d *accounts.PersonDraft) { d.Name = strings.Repeat("é", 81) }, []string{"name"}},
		"heaped accents":     {func(d *accounts.PersonDraft) { d.Name = "e" + strings.Repeat("\u0301", 1000) }, []string{"name"}},
		"control character":  {func(d *accounts.PersonDraft) { d.Name = "A\x00B" }, []string{"name"}},
		"line break":         {func(d *accounts.PersonDraft) { d.Name = "A\nB" }, []string{"name"}},
		"line separator":     {func(d *accounts.PersonDraft) { d.Name = "A\u2028B" }, []string{"name"}},
		"turned text":        {func(d *accounts.PersonDraft) { d.Name = "A\u202eB" }, []string{"name"}},
		"name not UTF-8":     {func(d *accounts.PersonDraft) { d.Name = "A\xff" }, []string{"name"}},
		"role":               {func(d *accounts.PersonDraft) { d.Role = "root" }, []string{"role"}},
		"locale":             {func(d *accounts.PersonDraft) { d.Locale = "fr" }, []string{"locale"}},
		"time zone":          {func(d *accounts.PersonDraft) { d.TimeZone = "Mars/Olympus" }, []string{"time_zone"}},
		"time zone Local":    {func(d *accounts.PersonDraft) { d.TimeZone = "Local" }, []string{"time_zone"}},
		"time zone path":     {func(d *accounts.PersonDraft) { d.TimeZone = "../../etc/passwd" }, []string{"time_zone"}},
		"short password":     {func(d *accounts.PersonDraft) { d.Password = "ninechars" }, []string{"password"}},
		"long password":      {func(d *accounts.PersonDraft) { d.Password = strings.Repeat("密", 201) }, []string{"password"}},
		"password is email":  {func(d *accounts.PersonDraft) { d.Password = "A@Example.com" }, []string{"password"}},
		"password not UTF-8": {func(d *accounts.PersonDraft) { d.Password = "longenough\xff" }, []string{"password"}},
	} {
		draft := good
		c.change(&draft)
		_, err := s.CreatePerson(t.Context(), accounts.System(), draft)
		t.Run(name, func(t *testing.T) { wantFields(t, err, fault.Invalid, c.want...) })
	}
	edge := good
	edge.Name, edge.Locale, edge.TimeZone = strings.Repeat("👨‍👩‍👧", 55), "zh-Hans", "Asia/Shanghai"
	if _, err := s.CreatePerson(t.Context(), accounts.System(), edge); err != nil {
		t.Errorf("a good draft: %v", err)
	}
}

func TestSignUpMakesFans(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, _ *storagetest.Clock) {
		s := newService(t, db)
		draft := accounts.PersonDraft{Email: "fan@example.com", Name: "Fan", Role: accounts.Admin, Password: password}
		fan, err := s.SignUp(t.Context(), draft)
		if err != nil || fan.Role != accounts.Fan {
			t.Fatalf("%+v, %v", fan, err)
		}
		_, err = s.SignUp(t.Context(), draft)
		wantFields(t, err, fault.Conflict, "email")
		trail, err := s.AuditTrail(t.Context(), 0, "")
		if err != nil || len(trail.Items) != 1 || trail.Items[0].PersonID != fan.ID || trail.Items[0].Action != "person.sign_up" {
			t.Errorf("%+v, %v", trail.Items, err)
		}
		draft.Email, draft.Password = "other@example.com", ""
		_, err = s.SignUp(t.Context(), draft)
		wantFields(t, err, fault.Invalid, "password")
	})
}

func TestPeopleComeInPages(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, _ *storagetest.Clock) {
		s := newService(t, db)
		for _, email := range []string{"a@example.com", "b@example.com", "c@example.com"} {
			create(t, s, email, accounts.Fan)
			if _, _, err := s.CreateKey(t.Context(), accounts.System(), "service of "+email, accounts.Fan); err != nil {
				t.Fatal(err)
			}
		}
		var emails []string
		cursor := ""
		for range 2 {
			page, err := s.People(t.Context(), accounts.Everybody, 2, cursor)
			if err != nil {
				t.Fatal(err)
			}
			for _, p := range page.Items {
				emails = append(emails, p.Email)
			}
			cursor = page.NextCursor
		}
		if diff := cmp.Diff([]string{"c@example.com", "b@example.com", "a@example.com"}, emails); diff != "" || cursor != "" {
			t.Errorf("%s; then cursor %q", diff, cursor)
		}
		_, err := s.People(t.Context(), accounts.Everybody, 1001, "")
		wantFields(t, err, fault.Invalid, "limit")
		_, err = s.People(t.Context(), accounts.Everybody, 2, "'; DROP TABLE people")
		wantFields(t, err, fault.Invalid, "cursor")
	})
}

func TestPreferences(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, _ *storagetest.Clock) {
		s := newService(t, db)
		person, actor := create(t, s, "lei@example.com", accounts.Fan)
		if err := s.Preferences(t.Context(), actor, "de", "Europe/Berlin"); err != nil {
			t.Fatal(err)
		}
		got, err := s.Actor(t.Context(), person.ID)
		if err != nil || got.Locale != "de" || got.TimeZone != "Europe/Berlin" {
			t.Errorf("%+v, %v", got, err)
		}
		wantFields(t, s.Preferences(t.Context(), actor, "", ""), fault.Invalid, "locale", "time_zone")
		wantKind(t, s.Preferences(t.Context(), accounts.System(), "de", "UTC"), fault.Forbidden)
		wantActions(t, s, "person.preferences", "person.create")
	})
}

func TestBlocking(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, clock *storagetest.Clock) {
		s := newService(t, db)
		_, admin := create(t, s, "admin@example.com", accounts.Admin)
		troll, _ := create(t, s, "troll@example.com", accounts.Fan)
		for range 2 { // the second changes nothing
			blocked, err := s.SetBlocked(t.Context(), admin, troll.ID, true)
			if err != nil || blocked.BlockedAt == nil || !blocked.BlockedAt.Equal(clock.Now()) {
				t.Fatalf("%+v, %v", blocked, err)
			}
		}
		_, err := s.Actor(t.Context(), troll.ID)
		wantKind(t, err, fault.Unauthenticated)
		if again, err := s.SetBlocked(t.Context(), admin, troll.ID, false); err != nil || again.BlockedAt != nil {
			t.Fatalf("%+v, %v", again, err)
		}
		if _, err := s.Actor(t.Context(), troll.ID); err != nil {
			t.Error(err)
		}
		wantActions(t, s, "person.unblock", "person.block", "person.create")

		_, err = s.SetBlocked(t.Context(), admin, admin.PersonID, true)
		wantKind(t, err, fault.Forbidden)
		key, _, err := s.CreateKey(t.Context(), admin, "shop", accounts.Marketing)
		if err != nil {
			t.Fatal(err)
		}
		_, err = s.SetBlocked(t.Context(), admin, key.PersonID, true)
		wantKind(t, err, fault.NotFound)
	})
}
