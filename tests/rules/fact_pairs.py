"""Pairs of facts about software work, each labelled by hand: they contradict, are compatible, or say the same.

The pairs of software work were written before the rule was, and every second one of a label is held back from its
tuning. The pairs of other topics were written when the rule stood, and it was not changed for them; for those that are called
mended it was.
"""

from __future__ import annotations

CONTRADICT, COMPATIBLE, SAME = LABELS = ("contradict", "compatible", "same")

_CONTRADICT = """
The access token of the API expires after 24 hours | The access token of the API expires after 12 hours
The staging database listens on port 5432 | The staging database listens on port 5433
The checkout page supports Safari | The checkout page does not support Safari
Invoices are numbered per country | Invoices are not numbered per country
The release script must run as root | The release script must not run as root
Feature flags are cached for five minutes | Feature flags are cached for thirty seconds
The upload limit is 10 MB | The upload limit is 25 MB
The nightly build runs at 02:00 UTC | The nightly build runs at 04:00 UTC
The search index is rebuilt every Sunday | The search index is rebuilt every Friday
The default branch is called main | The default branch is called trunk
The settings live in /etc/shop/app.toml | The settings live in /opt/shop/app.toml
Payments are written in Go | Payments are written in Rust
The session cookie is always encrypted | The session cookie is never encrypted
Retries are enabled for webhooks | Retries are disabled for webhooks
The phone number is required at sign-up | The phone number is optional at sign-up
The report export is synchronous | The report export is asynchronous
Migrations run before the deploy | Migrations run after the deploy
The audit log is public | The audit log is private
The client library is thread-safe | The client library is not thread-safe
Node 18 is the oldest version that the frontend builds with | Node 20 is the oldest version that the frontend builds with
The orders table has no index on customer_id | The orders table has an index on customer_id
The mail queue keeps messages for 7 days | The mail queue keeps messages for 14 days
Guests can place orders | Guests cannot place orders
Error pages come from nginx | Error pages come from Varnish
The image resizer can handle HEIC files | The image resizer can't handle HEIC files
The health check answers on /healthz | The health check answers on /status
The rate limit is 100 requests per minute | The rate limit is 60 requests per minute
The cart is stored in Redis | The cart is stored in Postgres
Coupons may be combined | Coupons may not be combined
The integration tests need Docker | The integration tests do not need Docker
The cache key includes the locale | The cache key excludes the locale
The backup job takes 40 minutes | The backup job takes two hours
Timestamps in the event log are local time | Timestamps in the event log are UTC
The CSV export separates columns with a semicolon | The CSV export separates columns with a comma
Prices include tax | Prices do not include tax
The password reset link is valid for one hour | The password reset link is valid for 24 hours
`npm run seed` empties the database first | `npm run seed` never empties the database
The admin panel is reachable from the internet | The admin panel is unreachable from the internet
The parser accepts trailing commas | The parser rejects trailing commas
The build server has 8 cores | The build server has 16 cores
The worker pool grows when memory is low | The worker pool shrinks when memory is low
Deleting a user deletes the orders too | Deleting a user does not delete the orders
The linter config allows default exports | The linter config forbids default exports
The SDK follows redirects by default | The SDK doesn't follow redirects by default
Version 3.2 dropped Python 3.8 | Version 3.3 dropped Python 3.8
Log files are rotated daily | Log files are rotated weekly
Only admins may delete projects | Everyone may delete projects
The payment sandbox rejects amounts above 500 | In the payment sandbox amounts above 1000 are rejected
Tokens are valid for a day | Tokens expire after an hour
The feature branch deploys automatically | The feature branch has to be deployed by hand
The test database is empty at the start of every run | The test database starts every run with sample data
We host our own mail server | Mail is sent through an outside provider
"""

_COMPATIBLE = """
The staging API listens on port 8080 | The production API listens on port 9090
The access token expires after 24 hours | The refresh token expires after 30 days
The checkout page supports Safari | The admin page does not support Safari
The upload limit for images is 10 MB | The upload limit for videos is 500 MB
The nightly build runs at 02:00 UTC | The nightly build takes 40 minutes
Invoices are numbered per country | Refunds are not numbered at all
The release script must run as root | The rollback script must not run as root
The search index is rebuilt every Sunday | The search index is stored on disk 2
Payments are written in Go | The storefront is written in TypeScript
The default branch of the shop is main | The default branch of the website is trunk
The settings live in /etc/shop/app.toml | The secrets live in /etc/shop/secrets.env
Retries are enabled for webhooks | Retries are disabled for mails
The phone number is required at sign-up | The birthday is optional at sign-up
Migrations run before the deploy | Smoke tests run after the deploy
The audit log is private | The changelog is public
The API listens on port 8080 | The API answers within 200 ms
The API listens on port 8080 | The API listens on port 8080 and its metrics on port 9100
Guests can place orders | Guests cannot see their old orders
The rate limit is 100 requests per minute for guests | The rate limit is 1000 requests per minute for members
The cart is stored in Redis | The orders are stored in Postgres
The integration tests need Docker | The unit tests do not need Docker
The backup job takes 40 minutes | The restore job takes two hours
Prices include tax in Germany | Prices do not include tax in the United States
The password reset link is valid for one hour | The invitation link is valid for 7 days
The build server has 8 cores | The database server has 16 cores
The SDK for Python follows redirects | The SDK for Ruby doesn't follow redirects
The orders table has an index on customer_id | The orders table has an index on created_at
Version 3.2 dropped Python 3.8 | Version 3.3 dropped Python 3.9
The mail queue keeps messages for 7 days | The mail queue holds 50,000 messages at most
The image resizer handles HEIC files | The image resizer handles WebP files
Coupons may be combined | Gift cards may not be combined
The worker pool grows when memory is free | The worker pool shrinks when memory is low
The health check answers on /healthz | The metrics are served on /metrics
The parser accepts trailing commas | The parser rejects comments
Log files are rotated daily | Log files are compressed
The event log is written in UTC | The event log is written by three services
The shop sells shoes | The login form uses React
The team meets on Monday | The release is cut on Thursday
Feature flags are cached for five minutes on the server | Feature flags are cached for an hour in the browser
The CSV export uses a semicolon | The JSON export uses two spaces
Error pages come from nginx | Static pages come from a CDN
Deleting a user deletes the sessions | Deleting a user does not delete the orders
The linter config allows default exports | The linter config forbids unused imports
`npm run seed` empties the database first | `npm run lint` never touches the database
In 2024 the office had 12 people | In 2025 the office had 19 people
The frontend builds with Node 18 | The frontend builds with Node 20
The client retries 3 times | The client waits 5 seconds between retries
Test accounts expire after 30 days | Test accounts can be renewed after 20 days
The flag --force skips the prompt | The flag --dry-run skips the upload
The checkout supports Visa | The checkout supports PayPal
The German site is not translated yet | The French site is translated
The session cookie is not readable by scripts | The theme cookie is readable by scripts
"""

_SAME = """
The access token of the API expires after 24 hours | The API's access token expires after 24 hours
The staging database listens on port 5432 | Staging database is listening on port 5432.
The checkout page does not support Safari | The checkout page doesn't support Safari
Invoices are numbered per country | Invoices are numbered per country!
The release script must run as root | Note: the release script must run as root
Feature flags are cached for five minutes | Feature flags are cached for 5 minutes
The upload limit is 10 MB | the upload limit is 10MB
The nightly build runs at 02:00 UTC | The nightly build is run at 02:00 UTC
The search index is rebuilt every Sunday | Every Sunday the search index is rebuilt
The default branch is called main | The default branch is called "main"
The settings live in /etc/shop/app.toml | Settings live in `/etc/shop/app.toml`
Payments are written in Go | The payments are written in Go
The session cookie is always encrypted | The session cookie is always encrypted.
Webhook retries are enabled | Retries are enabled for webhooks
The phone number is required at sign-up | At sign-up the phone number is required
Migrations run before the deploy | The migrations run before the deploy
The token is valid for 24 hours | The token is valid for 1 day
The client library is not thread-safe | The client library isn't thread-safe
The orders table has an index on customer_id | The orders table has an index on `customer_id`
The mail queue keeps messages for 7 days | The mail queue keeps messages for a week
Guests cannot place orders | Guests can not place orders
The image resizer can't handle HEIC files | The image resizer cannot handle HEIC files
The rate limit is 1000 requests per minute | The rate limit is 1,000 requests per minute
The cart is stored in Redis | The cart is stored in Redis, always
The integration tests need Docker | Integration tests need Docker
The backup job takes 40 minutes | The backup job takes 40 min
Prices include tax | Prices include the tax
The build server has eight cores | The build server has 8 cores
The parser rejects trailing commas | The parser rejects any trailing commas
Deleting a user deletes the orders too | Deleting a user also deletes the orders
The SDK follows redirects by default | By default the SDK follows redirects
The linter config forbids default exports | Default exports are forbidden by the linter config
Log files are rotated daily | The log files are rotated daily
Only admins may delete projects | Projects may be deleted by admins only
The health check answers on /healthz | The health check answers on /healthz now
The report export is synchronous | Report export is synchronous
The admin panel is not reachable from the internet | The admin panel isn't reachable from the internet
The cache key includes the locale | Cache keys include the locale
Version 3.2 dropped Python 3.8 | Python 3.8 was dropped in version 3.2
Timestamps in the event log are UTC | The timestamps in the event log are in UTC
The worker pool grows when memory is free | The worker pool grows while memory is free
Every pull request needs two reviews | Every pull request needs 2 reviews
Retries wait 30 seconds | Retries wait 30 s
The CSV export separates columns with a semicolon | Columns are separated with a semicolon in the CSV export
The test database is empty at the start of every run | At the start of each run the test database is empty
Use the mirror in Frankfurt for downloads | For downloads, use the Frankfurt mirror
Screenshots are kept for 90 days | We keep screenshots for 90 days
The API answers in JSON only | The API speaks nothing but JSON
Slow queries are logged | Queries that take long end up in the log
Nobody may push to main | Pushing to main is forbidden
The password reset link is valid for one hour | The link for resetting a password works for 60 minutes
The admin panel is unreachable from the internet | The admin panel is not reachable from the internet
"""

_OTHER_CONTRADICT = """
Maria is allergic to peanuts | Maria is not allergic to peanuts
The museum opens at 9:00 | The museum opens at 10:00
The train to Lyon leaves from platform 4 | The train to Lyon leaves from platform 11
Our office closes at noon on Fridays | Our office doesn't close at noon on Fridays
The rent is due on the first of the month | The rent is due on the fifth of the month
Tom drinks his coffee with sugar | Tom drinks his coffee without sugar
The contract runs for two years | The contract runs for 36 months
The customer prefers phone calls to mail | The customer prefers mail to phone calls
Ada lives in Lisbon | Ada lives in Porto
The warehouse is locked at night | The warehouse is unlocked at night
Parcels to Norway take 5 days | Parcels to Norway take 9 days
The recipe calls for 200 grams of flour | The recipe calls for 300 grams of flour
Visitors have to sign in at the desk | Visitors never have to sign in at the desk
The lake freezes every winter | The lake never freezes
The meeting room seats twelve people | The meeting room seats 20 people
Travel is refunded within 30 days | Travel is refunded within 60 days
The pool is heated | The pool is unheated
Interns are paid monthly | Interns are paid weekly
"""

_OTHER_COMPATIBLE = """
Maria is allergic to peanuts | Maria is allergic to cats
The museum opens at 9:00 | The museum closes at 18:00
The train to Lyon leaves from platform 4 | The train to Nantes leaves from platform 11
The rent is due on the first of the month | The rent is 900 euros a month
Tom drinks his coffee with sugar | Tom drinks his tea without sugar
The contract runs for two years | The guarantee runs for 36 months
Ada lives in Lisbon | Ada works in Porto
Ada lives in Lisbon | Ben lives in Porto
The warehouse is locked at night | The yard is not locked at night
Parcels to Norway take 5 days | Parcels to Chile take 19 days
The recipe calls for 200 grams of flour | The recipe calls for 3 eggs
Visitors have to sign in at the desk | Staff do not have to sign in at the desk
The meeting room seats twelve people | The meeting room has two screens
Travel is refunded within 30 days | Meals are refunded within 60 days
The pool is heated | The pool is open in summer
Interns are paid monthly | Interns are invited to the party
The guide speaks French | The guide speaks Polish
The north gate is closed on Mondays | The south gate is open on Mondays
"""

_OTHER_SAME = """
Maria is allergic to peanuts | Maria is allergic to peanuts.
The museum opens at 9:00 | The museum opens at 9:00 each day
Our office doesn't close at noon on Fridays | Our office does not close at noon on Fridays
The rent is due on the first of the month | On the first of the month the rent is due
The contract runs for two years | The contract runs for 2 years
The contract runs for 24 hours | The contract runs for one day
Ada lives in Lisbon | Ada is living in Lisbon
The warehouse is locked at night | At night the warehouse is locked
The warehouse is unlocked at night | The warehouse is not locked at night
Parcels to Norway take 5 days | Parcels to Norway take five days
The meeting room seats twelve people | The meeting room seats 12 people
Visitors have to sign in at the desk | Visitors must sign in at the desk
Travel is refunded within 30 days | Travel costs are paid back within 30 days
The pool is heated | The pool is heated, please note
Interns are paid monthly | Interns get paid monthly
The guide speaks French | The guides speak French
The lake freezes every winter | Every winter the lake freezes
Tom drinks his coffee without sugar | Tom takes no sugar in his coffee
"""

_MENDED_CONTRADICT = """
Port 8080 is for staging and port 9090 for production | Port 9090 is for staging and port 8080 for production
Requests time out after 5 seconds and retry after 30 seconds | Requests time out after 30 seconds and retry after 5 seconds
Raise the limit from 10 to 20 | Raise the limit from 20 to 10
Deploys freeze from Monday to Friday | Deploys freeze from Friday to Monday
API_URL overrides BASE_URL | BASE_URL overrides API_URL
Jobs stop when memory > 512 MB | Jobs stop when memory < 512 MB
Jobs stop when latency is >500 ms | Jobs stop when latency is <500 ms
The exit code is -1 | The exit code is 1
The check is x != y | The check is x = y
The script runs cmd > f | The script runs cmd < f
The delimiter is , | The delimiter is ;
The wildcard is * | The wildcard is ?
The API is served over http | The API is served over https
The clock is off by 1234567 seconds | The clock is off by 1234568 seconds
Orders are sent by the shop | Orders are sent to the shop
Admins must use two factors | Admins may use two factors
The policy is called `any` | The policy is called `always`
"""

_MENDED_COMPATIBLE = """
Service A calls service B | Service B calls service A
Service A is called by service B | Service A calls service B
Deleting a user deletes the orders | Deleting an order deletes the users
Projects have teams | Teams have projects
The job runs every 5 minutes | The job runs for 5 minutes
The build runs without tests | The build runs, not the tests
The nightly job does not add users | The nightly job removes users
The installer does not install Redis | The installer uninstalls Redis
The cache is not public but the log is visible | The cache is public but the log is hidden
The cookie is not always encrypted | The cookie is not encrypted
Files named .env are ignored | Files named env are ignored
Files named *.py are ignored | Files named .py are ignored
The flag is called --force | The flag is called force
The pod gets 500m | The pod gets 500M
The job starts in 5 minutes | The job starts for 5 minutes
When the cache is full, writes fail | When writes fail, the cache is full
The API may return null | The API returns null
"""

_MENDED_SAME = """
The delimiter is ',' | The delimiter is `,`
Jobs stop when memory > 512 MB | Jobs stop when memory >512MB
Backups – every night – are copied | Backups every night are copied
Retries are disabled for mails | Retries are not enabled for mails
"""


def _read(label: str, text: str) -> list[tuple[str, str, str]]:
    lines = [line.split(" | ") for line in text.strip().splitlines()]
    return [(label, one, other) for one, other in lines]


OTHER_TOPICS = [
    *_read(CONTRADICT, _OTHER_CONTRADICT),
    *_read(COMPATIBLE, _OTHER_COMPATIBLE),
    *_read(SAME, _OTHER_SAME),
]
# Those on which the rule was wrong, and for which it was changed.
MENDED = [
    *_read(CONTRADICT, _MENDED_CONTRADICT),
    *_read(COMPATIBLE, _MENDED_COMPATIBLE),
    *_read(SAME, _MENDED_SAME),
]
PAIRS = [*_read(CONTRADICT, _CONTRADICT), *_read(COMPATIBLE, _COMPATIBLE), *_read(SAME, _SAME)]


def part(*, held_back: bool) -> list[tuple[str, str, str]]:
    """The pairs that a rule may be tuned on, or those that it may not: every second one of each label."""
    return [
        pair
        for label in LABELS
        for place, pair in enumerate(one for one in PAIRS if one[0] == label)
        if (place % 2 == 1) == held_back
    ]
