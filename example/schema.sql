-- The shop's own database: who people are, which groups they belong to, what is sold.
CREATE TABLE users (
	name      TEXT PRIMARY KEY,
	about     TEXT NOT NULL,
	superuser INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE groups (
	name TEXT PRIMARY KEY
);
CREATE TABLE group_members (
	group_name TEXT NOT NULL REFERENCES groups(name) ON DELETE CASCADE,
	user_name  TEXT NOT NULL REFERENCES users(name) ON DELETE CASCADE,
	PRIMARY KEY (group_name, user_name)
);
CREATE TABLE books (
	slug   TEXT PRIMARY KEY,
	title  TEXT NOT NULL,
	author TEXT NOT NULL,
	genre  TEXT NOT NULL,
	year   INTEGER NOT NULL,
	cents  INTEGER NOT NULL,
	stock  INTEGER NOT NULL CHECK (stock >= 0),
	cover  TEXT NOT NULL,
	blurb  TEXT NOT NULL
);
CREATE TABLE orders (
	id       INTEGER PRIMARY KEY,
	customer TEXT NOT NULL,
	slug     TEXT NOT NULL REFERENCES books(slug),
	copies   INTEGER NOT NULL CHECK (copies BETWEEN 1 AND 20),
	postcode TEXT NOT NULL
);

INSERT INTO users (name, about, superuser) VALUES
	('alice', 'runs the shop''s servers', 1),
	('bob',   'buys books',               0),
	('carol', 'runs the shop',            1),
	('dave',  'writes the shop''s texts', 0),
	('erin',  'buys books',               0);

INSERT INTO groups (name) VALUES ('Technical Errors');
INSERT INTO group_members (group_name, user_name) VALUES
	('Technical Errors', 'alice'),
	('Technical Errors', 'dave');

INSERT INTO books (slug, title, author, genre, year, cents, stock, cover, blurb) VALUES
	('moby-dick',         'Moby-Dick',                             'Herman Melville', 'Sea stories',   1851, 1290, 7, '#2f5d73', 'A captain, a whale, and rather more rope than you expected.'),
	('northanger-abbey',  'Northanger Abbey',                      'Jane Austen',     'Novels',        1817,  990, 4, '#8a5a44', 'Catherine has read too many Gothic novels. Or just enough.'),
	('the-time-machine',  'The Time Machine',                      'H. G. Wells',     'Speculations',  1895,  890, 3, '#5b6b3a', 'A dinner guest is late, by some eight hundred thousand years.'),
	('leagues',           'Twenty Thousand Leagues Under the Sea', 'Jules Verne',     'Sea stories',   1870, 1490, 2, '#1f4e5f', 'A library, an organ and a grudge, all of them submerged.'),
	('frankenstein',      'Frankenstein',                          'Mary Shelley',    'Speculations',  1818, 1090, 5, '#5a4a6f', 'On leaving one''s work unsupervised.'),
	('the-scarlet-letter','The Scarlet Letter',                    'Nathaniel Hawthorne','Novels',        1850,  950, 0, '#8c2f39', 'Out of print, out of stock, still asked for.');

INSERT INTO orders (id, customer, slug, copies, postcode) VALUES
	(1007, 'erin', 'moby-dick', 1, 'EH1 1AA'),
	(1008, 'bob',  'frankenstein', 2, 'CF10 1AA');
