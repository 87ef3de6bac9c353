package ecommpay

// naturalCompare compares like PHP's strnatcmp. The signature is likely made in this order (SORT_NATURAL). Runs of
// digits compare as numbers. If one of them begins with a zero, they compare digit by digit, like fractions. Leading
// zeros of the texts, and white space anywhere, do not count. Everything else compares by bytes. Different texts may be
// equal.
func naturalCompare(a, b string) int {
	switch {
	case a == "" || b == "":
		return len(a) - len(b)
	}
	i, j := leadingZeros(a), leadingZeros(b)
	for {
		i, j = skipSpace(a, i), skipSpace(b, j)
		if isDigit(at(a, i)) && isDigit(at(b, j)) {
			compare := compareNumbers
			if a[i] == '0' || b[j] == '0' {
				compare = compareFractions
			}
			var c int
			if c, i, j = compare(a, b, i, j); c != 0 {
				return c
			}
			if i == len(a) || j == len(b) {
				return boolCompare(i < len(a), j < len(b))
			}
		}
		if x, y := at(a, i), at(b, j); x != y {
			return int(x) - int(y)
		}
		i, j = i+1, j+1
		if i >= len(a) || j >= len(b) {
			return boolCompare(i < len(a), j < len(b))
		}
	}
}

// at returns a byte, or NUL at the end, as in C.
func at(s string, i int) byte {
	if i < len(s) {
		return s[i]
	}
	return 0
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func boolCompare(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

// leadingZeros returns where a text begins after its leading zeros. It keeps the last zero before a non-digit.
func leadingZeros(s string) int {
	i := 0
	for at(s, i) == '0' && isDigit(at(s, i+1)) {
		i++
	}
	return i
}

func skipSpace(s string, i int) int {
	for at(s, i) == ' ' || '\t' <= at(s, i) && at(s, i) <= '\r' {
		i++
	}
	return i
}

// compareNumbers compares two runs of digits. The longer run is greater. If they are equally long, the first different
// digit decides.
func compareNumbers(a, b string, i, j int) (c, afterA, afterB int) {
	bias := 0
	for {
		x, y := isDigit(at(a, i)), isDigit(at(b, j))
		switch {
		case !x && !y:
			return bias, i, j
		case !x || !y:
			return boolCompare(x, y), i, j
		case bias == 0:
			bias = int(a[i]) - int(b[j])
		}
		i, j = i+1, j+1
	}
}

// compareFractions compares two runs of digits from the left, like digits after a decimal point.
func compareFractions(a, b string, i, j int) (c, afterA, afterB int) {
	for {
		x, y := isDigit(at(a, i)), isDigit(at(b, j))
		switch {
		case !x && !y:
			return 0, i, j
		case !x || !y:
			return boolCompare(x, y), i, j
		case a[i] != b[j]:
			return int(a[i]) - int(b[j]), i, j
		}
		i, j = i+1, j+1
	}
}
