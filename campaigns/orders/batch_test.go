package orders

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"fanfare/accounts"
	"fanfare/fault"
	"fanfare/storage"
	"fanfare/storage/storagetest"
)

func orderLine(t testing.TB, o Order) []byte {
	t.Helper()
	line, err := json.Marshal(o)
	must(t, err)
	return append(line, '\n')
}

// randomOrders repeats some ids, with the same content and with other, and
// makes some orders wrong.
func randomOrders(s *shop, n int) []Order {
	random := rand.New(rand.NewPCG(2012, 8))
	tokens := []string{"", "mistyped", s.token(0), s.token(1), s.token(3)}
	orders := make([]Order, n)
	for i := range orders {
		o := s.order(fmt.Sprint(random.IntN(n * 2 / 3)))
		o.Token = tokens[random.IntN(len(tokens))]
		o.Units = random.Int64N(2) + 1
		if random.IntN(20) == 0 {
			o.Currency = "nothing"
		}
		if i > 0 && random.IntN(4) == 0 {
			o = orders[random.IntN(i)]
		}
		orders[i] = o
	}
	return orders
}

// The fast way must leave the same behind as the plain way.
func TestTakeOrdersEqualsTakeOrder(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, clock *storagetest.Clock) {
		plain, fast := openShop(t, db), openShop(t, storagetest.Open(t, db.Dialect(), clock))
		orders := randomOrders(plain, 2500)
		var want BatchResult
		var lines bytes.Buffer
		for _, o := range orders {
			r, err := plain.Take(t.Context(), o)
			switch {
			case err != nil:
				want.RejectedTotal++
			case r.Replayed:
				want.Replayed++
			default:
				want.Accepted++
			}
			lines.Write(orderLine(t, o))
		}
		got, err := fast.TakeStream(t.Context(), accounts.System(), &lines)
		must(t, err)
		got.Rejected = nil
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		if want.Accepted < 500 || want.Replayed < 100 || want.RejectedTotal < 100 {
			t.Errorf("the orders do not try enough: %+v", want)
		}
		if diff := cmp.Diff(orderRows(t, plain.db), orderRows(t, fast.db)); diff != "" {
			t.Error(diff)
		}
	})
}

func TestTakeOrdersTellsWhatIsWrong(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, _ *storagetest.Clock) {
		s := openShop(t, db)
		good := string(orderLine(t, s.order("1")))
		other := s.order("1")
		other.Total++
		wrong := s.order("2")
		wrong.Units, wrong.Kind = 0, "gift"
		field := func(name, value string) string {
			return strings.Replace(good, "{", fmt.Sprintf("{%q:%s,", name, value), 1)
		}
		lines := strings.Join([]string{
			good, "\n", " \r\n", good, // 1 to 4
			"{\n", "null\n", "[]\n", "7\n", "{}{}\n", // 5 to 9
			field("coupon", "1"), field("placed_at", `"yesterday"`), field("units", `"1"`), // 10 to 12: the first of two fields counts for its type
			string(orderLine(t, wrong)), string(orderLine(t, other)), // 13, 14
			"{\"store\":\"" + strings.Repeat("x", 1<<17) + "\"}\n", // 15
			strings.TrimSpace(string(orderLine(t, s.order("3")))),  // 16, without an end
		}, "")
		got, err := s.TakeStream(t.Context(), accounts.System(), strings.NewReader(lines))
		must(t, err)
		want := BatchResult{Accepted: 2, Replayed: 1, RejectedTotal: 11, Rejected: []RejectedLine{
			{5, "This ends before the JSON object does."},
			{6, "This is no JSON object."},
			{7, "This is no JSON object."},
			{8, "This is no JSON object."},
			{9, "This is not valid JSON."},
			{10, "coupon: There is no such field."},
			{11, "placed_at: Times are written as RFC 3339 has them, such as 2012-08-16T12:00:00Z."},
			{12, "units: This must be a whole number."},
			{13, "kind: The kind must be order or preorder. units: The units must be between 1 and 1,000,000."},
			{14, "order_id: This order_id belongs to an order with other content."},
			{15, "The line is longer than 64 KiB."},
		}}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	})
}

func TestTakeOrdersOfNothing(t *testing.T) {
	t.Parallel()
	s := openShop(t, storagetest.Open(t, storage.SQLite, storagetest.NewClock()))
	got, err := s.TakeStream(t.Context(), accounts.System(), strings.NewReader(""))
	if diff := cmp.Diff(BatchResult{Rejected: []RejectedLine{}}, got); diff != "" || err != nil {
		t.Error(err, diff)
	}
}

func TestTakeOrdersTellsOfEveryWrongLine(t *testing.T) {
	t.Parallel()
	s := openShop(t, storagetest.Open(t, storage.SQLite, storagetest.NewClock()))
	var lines strings.Builder
	for n := range 2 * batchDetails {
		fmt.Fprintf(&lines, "{\n{\"field%d\":1}\n", n)
	}
	got, err := s.TakeStream(t.Context(), accounts.System(), strings.NewReader(lines.String()))
	must(t, err)
	if got.RejectedTotal != 4*batchDetails || len(got.Rejected) != 4*batchDetails {
		t.Fatalf("%d of %d listed", len(got.Rejected), got.RejectedTotal)
	}
	for i, rejected := range got.Rejected {
		want := RejectedLine{int64(i + 1), "This ends before the JSON object does."}
		if i%2 == 1 {
			want.Detail = fmt.Sprintf("field%d: There is no such field.", i/2)
		}
		if rejected != want {
			t.Fatalf("%+v, want %+v", rejected, want)
		}
	}
}

func TestDetailsAreShort(t *testing.T) {
	t.Parallel()
	_, err := Read(strings.NewReader(`{"` + strings.Repeat("ü", 1000) + `":1}`))
	if detail := Detail(err); len(detail) > 150 || !utf8.ValidString(detail) || !strings.HasSuffix(detail, "…: There is no such field.") {
		t.Error(detail)
	}
}

func TestBrokenStreamKeepsWhatWasStored(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, _ *storagetest.Clock) {
		s := openShop(t, db)
		var lines bytes.Buffer
		for n := range 1200 {
			lines.Write(orderLine(t, s.order(fmt.Sprint(n))))
		}
		half := orderLine(t, s.order("half"))[:20]
		stream := io.MultiReader(bytes.NewReader(lines.Bytes()), bytes.NewReader(half), iotest.ErrReader(errors.New("reset")))
		got, err := s.TakeStream(t.Context(), accounts.System(), stream)
		if !fault.Is(err, fault.Invalid) || got.Accepted != 1200 || len(orderRows(t, db)) != 1200 {
			t.Errorf("%+v, %v", got, err)
		}
		// Sent again as a whole it does no harm.
		got, err = s.TakeStream(t.Context(), accounts.System(), &lines)
		if err != nil || got.Replayed != 1200 || got.Accepted != 0 {
			t.Errorf("again: %+v, %v", got, err)
		}
	})
}

func TestTakeOrdersStopsForOneWhoLeft(t *testing.T) {
	t.Parallel()
	s := openShop(t, storagetest.Open(t, storage.SQLite, storagetest.NewClock()))
	gone, cancel := context.WithCancel(t.Context())
	var lines bytes.Buffer
	for n := range 3000 {
		lines.Write(orderLine(t, s.order(fmt.Sprint(n))))
	}
	cancel()
	if got, err := s.TakeStream(gone, accounts.System(), &lines); err == nil || got.Accepted != 0 {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestTakeOrdersTellsAFailingDatabase(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, _ *storagetest.Clock) {
		s := openShop(t, db)
		poison(t, db)
		lines := string(orderLine(t, s.order("1"))) + string(orderLine(t, s.order("poison"))) + string(orderLine(t, s.order("2")))
		got, err := s.TakeStream(t.Context(), accounts.System(), strings.NewReader(lines))
		if !fault.Is(err, fault.Unavailable) || got.Accepted != 2 {
			t.Errorf("%+v, %v", got, err)
		}
	})
}

func FuzzParseOrder(f *testing.F) {
	for _, seed := range []string{
		`{"store":"s","order_id":"1","kind":"order","units":1,"total":1,"currency":"CNY","placed_at":"2012-08-16T12:00:00Z"}`,
		`{"units":1e400}`, `{"placed_at":1}`, `null`, ``, `{"Store":"x"} x`, "{\"store\":\"\xff\"}", `{"units":"1"`,
	} {
		f.Add([]byte(seed))
	}
	now := storagetest.NewClock().Now()
	f.Fuzz(func(t *testing.T, line []byte) {
		order, err := Read(bytes.NewReader(line))
		if err != nil {
			if !fault.Is(err, fault.Invalid) || Detail(err) == "" {
				t.Errorf("%v", err)
			}
			return
		}
		if validateOrder(order, now) != nil {
			return
		}
		again, err := Read(bytes.NewReader(orderLine(t, order)))
		if err != nil || !cmp.Equal(order, again) {
			t.Errorf("%+v came back as %+v, %v", order, again, err)
		}
	})
}
