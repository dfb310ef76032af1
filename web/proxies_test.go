package web

import (
	"net/http/httptest"
	"testing"

	"github.com/gin-gonic/gin"
)

func TestOnlyTrustedProxiesTellWhoVisits(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		trusted                []string
		peer, visitor, country string
	}{
		{nil, "127.0.0.1:1", "192.0.2.9", "HK"},
		{nil, "[::1]:1", "192.0.2.9", "HK"},
		{nil, "10.1.2.3:1", "10.1.2.3", ""},
		{[]string{"10.0.0.0/8", " 2001:db8::1"}, "10.1.2.3:1", "192.0.2.9", "HK"},
		{[]string{"10.0.0.0/8", "2001:db8::1"}, "[2001:db8::1]:1", "192.0.2.9", "HK"},
		{[]string{"10.0.0.0/8", "2001:db8::1"}, "[2001:db8::2]:1", "2001:db8::2", ""},
		{[]string{"10.0.0.0/8"}, "127.0.0.1:1", "127.0.0.1", ""},
	} {
		s := &Server{Options: Options{CountryHeader: "CF-IPCountry", TrustedProxies: c.trusted}, engine: gin.New()}
		if err := s.trustProxies(); err != nil {
			t.Fatal(err)
		}
		context := gin.CreateTestContextOnly(httptest.NewRecorder(), s.engine)
		context.Request = httptest.NewRequest("GET", "/r/x", nil)
		context.Request.RemoteAddr = c.peer
		context.Request.Header.Set("X-Forwarded-For", "192.0.2.9")
		context.Request.Header.Set("CF-IPCountry", "HK")
		if visitor, country := context.ClientIP(), s.country(context); visitor != c.visitor || country != c.country {
			t.Errorf("%v: %s sends for %s from %q, want %s from %q", c.trusted, c.peer, visitor, country, c.visitor, c.country)
		}
	}
}
