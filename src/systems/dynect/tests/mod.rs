mod classify;
mod find_created;
mod values;
