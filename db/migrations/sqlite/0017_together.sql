-- +goose Up

-- Nothing that both engines have.
SELECT 1;
