# One static program, the certificates of public authorities, nobody's user.
FROM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 go build -trimpath -ldflags="-s -w" -o /apicel .

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /apicel /apicel
USER 65532:65532
WORKDIR /suites
ENTRYPOINT ["/apicel"]
