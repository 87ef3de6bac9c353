package main

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestQuotient(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "0.67", quotient(2, 3, 2))
	assert.Equal(t, "-0.02", quotient(-17, 1000, 2))
	assert.Equal(t, "2", quotient(5, 3, 0))
	assert.Equal(t, "-", quotient(1, 0, 2))
	report := workerReport{Executions: 4, LateBy: []int{1, 2, 0, 1}}
	assert.Equal(t, "≤ 40", report.lateness(50))
	assert.Equal(t, "≤ 80", report.lateness(99))
}
