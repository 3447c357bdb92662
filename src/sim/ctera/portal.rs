//! The tenants and their users: what the portal would keep in its database.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::Timestamp;

use super::failure::Failure;
use super::node::Object;
use super::rights::Roles;
use super::seed::{PortalSeed, PortalUserSeed, TenantSeed, roles};
use super::user::{Key, Place, User, with_defaults};

/// The first uid. All objects of a portal have theirs from one sequence.
const FIRST_UID: u64 = 1001;

/// The global context: where its administrators are, in the place of a tenant.
pub(super) const GLOBAL: &str = "";

pub(super) struct Portal {
    /// The global context among them.
    tenants: BTreeMap<String, Tenant>,
    /// All that there ever were, by uid, which is the order of their creation.
    users: BTreeMap<u64, User>,
    /// Those alive.
    places: HashMap<Place, u64>,
    next_uid: u64,
    pub(super) deleted_folders: u64,
}

pub(super) struct Tenant {
    pub(super) uid: u64,
    pub(super) domains: BTreeSet<String>,
    pub(super) roles: Roles,
    /// How often its provisioning was applied.
    pub(super) account_updates: u32,
}

impl Portal {
    pub(super) fn new(seed: &PortalSeed, now: Timestamp) -> Portal {
        let PortalSeed { administrators, roles, tenants } = seed;
        let mut portal = Portal {
            tenants: BTreeMap::new(),
            users: BTreeMap::new(),
            places: HashMap::new(),
            next_uid: FIRST_UID,
            deleted_folders: 0,
        };
        let global = TenantSeed {
            users: administrators.clone(),
            roles: roles.clone(),
            ..TenantSeed::default()
        };
        portal.plant(GLOBAL, &global, now);
        for (name, tenant) in tenants {
            portal.plant(name, tenant, now);
        }
        portal
    }

    fn plant(&mut self, name: &str, seed: &TenantSeed, now: Timestamp) {
        let tenant = Tenant {
            uid: self.next_uid(),
            domains: seed.domains.keys().cloned().collect(),
            // A seed with other settings has been refused.
            roles: roles(&seed.roles).unwrap_or_default(),
            account_updates: 0,
        };
        self.tenants.insert(name.to_owned(), tenant);
        for user in &seed.users {
            self.plant_user(Place::local(name, &user.name), user, now);
        }
        for (domain, users) in &seed.domains {
            for user in users {
                let place =
                    Place { domain: Some(domain.clone()), ..Place::local(name, &user.name) };
                self.plant_user(place, user, now);
            }
        }
    }

    fn plant_user(&mut self, place: Place, seed: &PortalUserSeed, now: Timestamp) {
        let PortalUserSeed { password, role, attributes, folders, .. } = seed;
        let is_global = place.tenant == GLOBAL;
        let mut object = Object::from_json(attributes.clone());
        match role {
            Some(role) => object.set("role", role.as_str().into()),
            None if is_global => object.set("role", "ReadWriteAdmin".into()),
            None => {}
        }
        // A seed that names somebody twice has been refused.
        if let Ok(uid) = self.create(place, with_defaults(object), "seed", now)
            && let Some(user) = self.users.get_mut(&uid)
        {
            user.password.clone_from(password);
            user.folders = folders.unwrap_or(1);
        }
    }

    pub(super) fn next_uid(&mut self) -> u64 {
        let uid = self.next_uid;
        self.next_uid += 1;
        uid
    }

    pub(super) fn tenant(&self, name: &str) -> Option<&Tenant> {
        self.tenants.get(name)
    }

    pub(super) fn tenant_mut(&mut self, name: &str) -> Option<&mut Tenant> {
        self.tenants.get_mut(name)
    }

    /// The global context, then the tenants by name.
    pub(super) fn tenants(&self) -> impl Iterator<Item = (&str, &Tenant)> {
        self.tenants.iter().map(|(name, tenant)| (name.as_str(), tenant))
    }

    /// All users that there ever were, in the order of their creation.
    pub(super) fn everybody(&self) -> impl Iterator<Item = &User> {
        self.users.values()
    }

    /// The living users of a tenant, or of one of its directories, in the order of their creation.
    pub(super) fn users(&self, tenant: &str, domain: Option<&str>) -> impl Iterator<Item = &User> {
        self.users.values().filter(move |user| {
            user.deleted.is_none()
                && user.place.tenant == tenant
                && user.place.domain.as_deref() == domain
        })
    }

    pub(super) fn uid(&self, place: &Place) -> Option<u64> {
        self.places.get(place).copied()
    }

    pub(super) fn at(&self, place: &Place) -> Option<&User> {
        self.users.get(&self.uid(place)?)
    }

    /// A living user.
    pub(super) fn user(&self, uid: u64) -> Option<&User> {
        self.users.get(&uid).filter(|user| user.deleted.is_none())
    }

    pub(super) fn user_mut(&mut self, uid: u64) -> Option<&mut User> {
        self.users.get_mut(&uid).filter(|user| user.deleted.is_none())
    }

    /// Makes a user without a password and returns its uid.
    pub(super) fn create(
        &mut self,
        place: Place,
        object: Object,
        creator: &str,
        now: Timestamp,
    ) -> Result<u64, Taken> {
        if self.places.contains_key(&place) {
            return Err(Taken(place.name));
        }
        let uid = self.next_uid();
        let mut user = User::new(uid, place.clone(), creator, now);
        user.replace(object);
        self.users.insert(uid, user);
        self.places.insert(place, uid);
        Ok(uid)
    }

    /// Renames a living user; one that has the name already keeps it.
    pub(super) fn rename(&mut self, uid: u64, name: &str) -> Result<(), Taken> {
        let Some(user) = self.users.get_mut(&uid) else { return Ok(()) };
        if user.place.name == name {
            return Ok(());
        }
        let place = Place { name: name.to_owned(), ..user.place.clone() };
        if self.places.contains_key(&place) {
            return Err(Taken(place.name));
        }
        self.places.remove(&user.place);
        self.places.insert(place.clone(), uid);
        user.place = place;
        Ok(())
    }

    /// Deletes a living user with its keys, and counts its folders if they go too.
    pub(super) fn delete(&mut self, uid: u64, with_folders: bool, who: &str, now: Timestamp) {
        let Some(user) = self.users.get_mut(&uid) else { return };
        self.places.remove(&user.place);
        user.deleted = Some((who.to_owned(), now));
        user.keys.values_mut().for_each(|key| key.deleted = true);
        if with_folders {
            self.deleted_folders += u64::from(user.folders);
        }
    }

    /// Makes a key for a living user.
    pub(super) fn create_key(&mut self, owner: u64, creator: &str, now: Timestamp) -> Option<&Key> {
        let uid = self.next_uid();
        let user = self.users.get_mut(&owner).filter(|user| user.deleted.is_none())?;
        let key = Key {
            uid,
            access: format!("K{:015X}{:04}", rand::random::<u64>() >> 4, uid % 10_000),
            secret: format!("{:032x}{:08x}", rand::random::<u128>(), rand::random::<u32>()),
            activated: true,
            creator: creator.to_owned(),
            created: now,
            deleted: false,
        };
        Some(user.keys.entry(uid).or_insert(key))
    }

    /// The living keys of everybody, each with its owner.
    pub(super) fn keys(&self) -> impl Iterator<Item = (&User, &Key)> {
        self.users.values().flat_map(|user| user.living_keys().map(move |key| (user, key)))
    }

    pub(super) fn delete_key(&mut self, owner: u64, key: u64) {
        if let Some(key) = self.users.get_mut(&owner).and_then(|user| user.keys.get_mut(&key)) {
            key.deleted = true;
        }
    }
}

/// Somebody has this name.
#[derive(Debug)]
pub(super) struct Taken(pub(super) String);

impl Taken {
    pub(super) fn refused_with(self, status: u16) -> Failure {
        let Taken(name) = self;
        Failure::new(status, "taken", format!("User {name} already exists"))
    }
}
