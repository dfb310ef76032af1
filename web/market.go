package web

import "time"

// marketZones are the zones of markets that have one alone, by ISO 3166-1 code;
// the names are those of the IANA time zone database. A market that spans
// several has no time of its own to show.
var marketZones = map[string]string{
	"AE": "Asia/Dubai", "AT": "Europe/Vienna", "BD": "Asia/Dhaka", "BE": "Europe/Brussels",
	"CH": "Europe/Zurich", "CN": "Asia/Shanghai", "CO": "America/Bogota", "CZ": "Europe/Prague",
	"DE": "Europe/Berlin", "DK": "Europe/Copenhagen", "EG": "Africa/Cairo", "FI": "Europe/Helsinki",
	"FR": "Europe/Paris", "GB": "Europe/London", "GR": "Europe/Athens", "HK": "Asia/Hong_Kong",
	"HU": "Europe/Budapest", "IE": "Europe/Dublin", "IL": "Asia/Jerusalem", "IN": "Asia/Kolkata",
	"IT": "Europe/Rome", "JP": "Asia/Tokyo", "KE": "Africa/Nairobi", "KR": "Asia/Seoul",
	"LK": "Asia/Colombo", "MA": "Africa/Casablanca", "MM": "Asia/Yangon", "MO": "Asia/Macau",
	"MY": "Asia/Kuala_Lumpur", "NG": "Africa/Lagos", "NL": "Europe/Amsterdam", "NO": "Europe/Oslo",
	"NP": "Asia/Kathmandu", "PE": "America/Lima", "PH": "Asia/Manila", "PK": "Asia/Karachi",
	"PL": "Europe/Warsaw", "RO": "Europe/Bucharest", "SA": "Asia/Riyadh", "SE": "Europe/Stockholm",
	"SG": "Asia/Singapore", "TH": "Asia/Bangkok", "TR": "Europe/Istanbul", "TW": "Asia/Taipei",
	"UA": "Europe/Kyiv", "VN": "Asia/Ho_Chi_Minh", "ZA": "Africa/Johannesburg",
}

// marketTime gives t by the clocks of a market. ok is false for a market
// without a single zone, and for one whose clocks show what t shows already.
func marketTime(t time.Time, market string) (there time.Time, ok bool) {
	place, err := time.LoadLocation(marketZones[market])
	if err != nil || marketZones[market] == "" {
		return t, false
	}
	there = t.In(place)
	return there, there.Format(inputTime) != t.Format(inputTime)
}
