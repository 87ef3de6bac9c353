// Package currency knows the currencies of ISO 4217 and the digits of their minor units.
package currency

import (
	"maps"
	"slices"
	"strings"
)

// minorDigits maps every active ISO 4217 code that has a minor unit (table A.1) to the number of its digits. Metals,
// bond units, test codes and the like have none and cannot be paid out.
var minorDigits = digitsByCode(map[int]string{
	0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
	2: "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW " +
		"CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG " +
		"HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR " +
		"MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG " +
		"SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES " +
		"WST XAD XCD XCG YER ZAR ZMW ZWG",
	3: "BHD IQD JOD KWD LYD OMR TND",
	4: "CLF UYW",
})

func digitsByCode(groups map[int]string) map[string]int {
	byCode := make(map[string]int)
	for digits, codes := range groups {
		for code := range strings.FieldsSeq(codes) {
			byCode[code] = digits
		}
	}
	return byCode
}

// Digits is how many digits a currency has after the point. It knows only codes in capitals.
func Digits(code string) (digits int, known bool) {
	digits, known = minorDigits[code]
	return digits, known
}

// Codes returns all codes, sorted.
func Codes() []string { return slices.Sorted(maps.Keys(minorDigits)) }
