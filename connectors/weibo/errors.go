package weibo

import (
	"fmt"
	"strings"

	"fanfare/connectors"
)

// saying is a message for a person: in English, and the key of its translation.
type saying struct{ key, message string }

// ruling is what one of Weibo's error codes means for a post.
type ruling struct {
	code   text
	saying string // part of the message, where a code has two meanings
	kind   connectors.ErrorKind
	window string // with KindRetry: the name of the limit that is used up
	say    saying
}

// Messages that several codes share.
var (
	sayUnknown  = saying{"weibo.unknown", "Weibo had an internal error, so it is not known whether the post is out."}
	sayBusy     = saying{"weibo.busy", "Weibo is busy and did not take the post."}
	sayToken    = saying{"weibo.token", "Weibo does not accept the account's access token. Sign in there once more."}
	sayApp      = saying{"weibo.app", "The Weibo app lacks a permission or a setting. Look at it on open.weibo.com."}
	sayPerson   = saying{"weibo.person", "Weibo wants to see a person: sign in to the account and answer its question."}
	sayRepeated = saying{"weibo.duplicate", "Weibo has this text already."}
	sayTooLong  = saying{"weibo.refused_long", "Weibo refused the text: it is longer than 140 characters."}
	sayIllegal  = saying{"weibo.refused_words", "Weibo refused the text: it holds words or an address that are not allowed there."}
)

// rulings follow the list of error codes at https://open.weibo.com/wiki/Error_code;
// what a code says of a post's outcome is our reading, the stricter one where
// there are two.
var rulings = []ruling{
	{code: "10001", kind: connectors.KindUnknown, say: sayUnknown},
	{code: "10003", kind: connectors.KindUnknown, say: sayUnknown},
	{code: "10010", kind: connectors.KindUnknown, say: sayUnknown},
	{code: "10011", kind: connectors.KindUnknown, say: sayUnknown},

	{code: "10002", kind: connectors.KindRetry, say: sayBusy},
	{code: "10009", kind: connectors.KindRetry, say: sayBusy},
	{code: "20014", kind: connectors.KindRetry, say: sayBusy},
	{code: "21331", kind: connectors.KindRetry, say: sayBusy},

	{code: "20032", kind: connectors.KindDelayed, say: saying{"weibo.delayed", "Weibo took the post and will show it in a minute or two."}},

	{code: "10004", kind: connectors.KindRetry, window: callsHour, say: saying{"weibo.address_full", "Weibo takes no more calls from this server's address for now."}},
	{code: "10022", kind: connectors.KindRetry, window: callsHour, say: saying{"weibo.address_used", "This server's address has used up its calls to Weibo for the hour."}},
	{code: "10023", kind: connectors.KindRetry, window: callsDay, say: saying{"weibo.calls_used", "The account has used up its calls to Weibo for the day."}},
	{code: "10024", kind: connectors.KindRetry, window: postsHour, say: saying{"weibo.posts_used", "The account has used up its posts on Weibo for the hour."}},
	{code: "20016", kind: connectors.KindRetry, window: postsHour, say: saying{"weibo.too_often", "The account posts too often for Weibo."}},

	{code: "10006", kind: connectors.KindAttention, say: sayToken},
	{code: "10013", kind: connectors.KindAttention, say: sayToken},
	{code: "21301", kind: connectors.KindAttention, say: sayToken},
	{code: "21314", kind: connectors.KindAttention, say: sayToken},
	{code: "21315", kind: connectors.KindAttention, say: sayToken},
	{code: "21316", kind: connectors.KindAttention, say: sayToken},
	{code: "21317", kind: connectors.KindAttention, say: sayToken},
	{code: "21319", kind: connectors.KindAttention, say: sayToken},
	{code: "21327", kind: connectors.KindAttention, say: sayToken},
	{code: "21332", kind: connectors.KindAttention, say: sayToken},

	{code: "10005", kind: connectors.KindAttention, say: sayApp},
	{code: "10014", kind: connectors.KindAttention, say: sayApp},
	{code: "10017", saying: "appkey not bind domain", kind: connectors.KindAttention, say: saying{"weibo.no_domain", "The Weibo app has no security domain. Bind one on open.weibo.com."}},
	{code: "21321", kind: connectors.KindAttention, say: sayApp},

	{code: "20015", kind: connectors.KindAttention, say: sayPerson},
	{code: "20022", kind: connectors.KindAttention, say: sayPerson},
	{code: "20031", kind: connectors.KindAttention, say: sayPerson},

	{code: "20017", kind: connectors.KindDuplicate, say: sayRepeated},
	{code: "20019", kind: connectors.KindDuplicate, say: sayRepeated},
	{code: "20111", kind: connectors.KindDuplicate, say: sayRepeated},

	{code: "10008", kind: connectors.KindRefused, say: saying{"weibo.refused_part", "Weibo refused a part of the post that it could not read."}},
	{code: "10016", kind: connectors.KindRefused, say: saying{"weibo.refused_missing", "Weibo refused the post: a part that it asks for is missing."}},
	{code: "10017", saying: "text not find domain", kind: connectors.KindRefused, say: saying{"weibo.refused_link", "Weibo refused the text: it holds no link under the app's security domain. Add the link, then post again."}},
	{code: "10017", kind: connectors.KindRefused, say: saying{"weibo.refused_value", "Weibo refused a value of the post."}},
	{code: "10018", kind: connectors.KindRefused, say: saying{"weibo.refused_large", "Weibo refused the post: it is too large."}},
	{code: "10021", kind: connectors.KindRefused, say: saying{"weibo.refused_way", "Weibo refused the way in which the post was sent."}},
	{code: "20003", kind: connectors.KindRefused, say: saying{"weibo.refused_user", "Weibo refused the post: it does not know the user."}},
	{code: "20005", kind: connectors.KindRefused, say: saying{"weibo.refused_image_type", "Weibo refused the picture: it must be a JPEG, GIF or PNG."}},
	{code: "20006", kind: connectors.KindRefused, say: saying{"weibo.refused_image_size", "Weibo refused the picture: it must be smaller than 5 MB."}},
	{code: "20007", kind: connectors.KindRefused, say: saying{"weibo.refused_no_image", "Weibo refused the post: its picture is missing."}},
	{code: "20008", kind: connectors.KindRefused, say: saying{"weibo.refused_empty", "Weibo refused the text: it is empty."}},
	{code: "20012", kind: connectors.KindRefused, say: sayTooLong},
	{code: "20013", kind: connectors.KindRefused, say: sayTooLong},
	{code: "20018", kind: connectors.KindRefused, say: sayIllegal},
	{code: "20020", kind: connectors.KindRefused, say: saying{"weibo.refused_advert", "Weibo refused the text: it takes it for advertising."}},
	{code: "20021", kind: connectors.KindRefused, say: sayIllegal},
}

// rule finds the ruling for an answer. A code that nobody told us about leaves
// the outcome open.
func rule(f failure) ruling {
	said := strings.ToLower(string(f.Message))
	for _, r := range rulings {
		if r.code == f.Code && strings.Contains(said, r.saying) {
			return r
		}
	}
	return ruling{
		code: f.Code, kind: connectors.KindUnknown,
		say: saying{"weibo.unknown_code", "Weibo answered with an unknown error, so it is not known whether the post is out."},
	}
}

// failure makes the error for an answer with an error code.
func (n *Network) failure(httpStatus int, f failure) *connectors.Error {
	r := rule(f)
	return &connectors.Error{
		Kind:    r.kind,
		Message: r.say.message,
		Key:     r.say.key,
		RetryAt: n.windowEnd(r.window),
		Limits:  n.spent(r),
		Status:  httpStatus,
		Code:    string(f.Code),
		Err:     fmt.Errorf("error code %.32s: %.200q", string(f.Code), string(f.Message)),
	}
}
