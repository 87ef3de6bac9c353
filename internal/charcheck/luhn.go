package charcheck

// Luhn reports whether the digits of a number, 0 to 9, end in the right check digit (ISO/IEC 7812-1).
func Luhn[Text string | []byte](digits Text) bool {
	sum := 0
	for i := range len(digits) {
		value := int(digits[len(digits)-1-i] - '0')
		if i%2 == 1 {
			value *= 2
		}
		sum += value/10 + value%10
	}
	return sum%10 == 0
}
