module credits

go 1.19
