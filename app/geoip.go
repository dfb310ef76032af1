package app

import (
	"net/netip"

	"github.com/oschwald/maxminddb-golang/v2"

	"fanfare/fault"
)

// openCountries opens a MaxMind DB file (https://maxmind.github.io/MaxMind-DB/)
// that tells where addresses are. Without a path there is nothing to ask or to
// close.
func openCountries(path string) (country func(netip.Addr) string, closed func() error, err error) {
	if path == "" {
		return nil, func() error { return nil }, nil
	}
	file, err := maxminddb.Open(path)
	if err != nil {
		return nil, nil, &fault.Error{Kind: fault.Invalid, Message: "FANFARE_GEOIP: " + path + " cannot be read as a MaxMind DB file.", Err: err}
	}
	return func(address netip.Addr) string {
		var code string
		if err := file.Lookup(address).DecodePath(&code, "country", "iso_code"); err != nil {
			return "" // a damaged entry is like none
		}
		return code
	}, file.Close, nil
}
