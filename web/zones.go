package web

import (
	"strings"
	"time"
)

// cities are the names of zones where a language has its own: German,
// simplified and traditional Chinese, as CLDR's exemplar cities have them. For
// others the zone's English city stands.
var cities = map[string][3]string{
	"Asia/Hong_Kong":      {"Hongkong", "香港", "香港"},
	"Asia/Macau":          {"Macau", "澳门", "澳門"},
	"Asia/Taipei":         {"Taipeh", "台北", "台北"},
	"Asia/Shanghai":       {"Shanghai", "上海", "上海"},
	"Asia/Urumqi":         {"Ürümqi", "乌鲁木齐", "烏魯木齊"},
	"Asia/Singapore":      {"Singapur", "新加坡", "新加坡"},
	"Asia/Kuala_Lumpur":   {"Kuala Lumpur", "吉隆坡", "吉隆坡"},
	"Asia/Bangkok":        {"Bangkok", "曼谷", "曼谷"},
	"Asia/Jakarta":        {"Jakarta", "雅加达", "雅加達"},
	"Asia/Manila":         {"Manila", "马尼拉", "馬尼拉"},
	"Asia/Ho_Chi_Minh":    {"Ho-Chi-Minh-Stadt", "胡志明市", "胡志明市"},
	"Asia/Tokyo":          {"Tokio", "东京", "東京"},
	"Asia/Seoul":          {"Seoul", "首尔", "首爾"},
	"Asia/Kolkata":        {"Kalkutta", "加尔各答", "加爾各答"},
	"Asia/Dubai":          {"Dubai", "迪拜", "杜拜"},
	"Australia/Sydney":    {"Sydney", "悉尼", "雪梨"},
	"Europe/London":       {"London", "伦敦", "倫敦"},
	"Europe/Paris":        {"Paris", "巴黎", "巴黎"},
	"Europe/Berlin":       {"Berlin", "柏林", "柏林"},
	"Europe/Vienna":       {"Wien", "维也纳", "維也納"},
	"Europe/Zurich":       {"Zürich", "苏黎世", "蘇黎世"},
	"Europe/Rome":         {"Rom", "罗马", "羅馬"},
	"Europe/Madrid":       {"Madrid", "马德里", "馬德里"},
	"Europe/Moscow":       {"Moskau", "莫斯科", "莫斯科"},
	"America/New_York":    {"New York", "纽约", "紐約"},
	"America/Chicago":     {"Chicago", "芝加哥", "芝加哥"},
	"America/Los_Angeles": {"Los Angeles", "洛杉矶", "洛杉磯"},
	"America/Sao_Paulo":   {"São Paulo", "圣保罗", "聖保羅"},
}

// cityName names a zone by its city, such as "Hong Kong".
func cityName(locale string, t time.Time) string {
	zone := t.Location().String()
	if names, known := cities[zone]; known {
		switch locale {
		case "de":
			return names[0]
		case "zh-Hans":
			return names[1]
		case "zh-Hant":
			return names[2]
		}
	}
	return strings.ReplaceAll(zone[strings.LastIndexByte(zone, '/')+1:], "_", " ")
}

// zoneName shows a zone as people say it: the city, with the offset that holds at t.
func zoneName(locale string, t time.Time) string {
	city := cityName(locale, t)
	if city == "UTC" {
		return city
	}
	offset := "UTC" + strings.TrimSuffix(t.Format("-07:00"), ":00")
	if strings.HasPrefix(locale, "zh") {
		return city + "（" + offset + "）"
	}
	return city + " (" + offset + ")"
}
