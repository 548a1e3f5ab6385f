module constraints

go 1.19
