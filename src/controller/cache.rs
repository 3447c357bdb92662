//! What is known of the objects in the API server, without asking it.

use std::fmt::Debug;
use std::hash::Hash;
use std::sync::Arc;

use futures::stream::BoxStream;
use futures::{StreamExt, TryStreamExt};
use kube::runtime::reflector::{self, Lookup, ObjectRef, Store};
use kube::runtime::{WatchStreamExt, watcher};
use kube::{Api, Client, ResourceExt};
use serde::de::DeserializeOwned;
use tokio::sync::mpsc;

/// The namespaces that are watched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Namespaces {
    All,
    Only(Vec<String>),
}

impl Namespaces {
    /// One watch each: `None` stands for all namespaces.
    fn watches(&self) -> Vec<Option<String>> {
        match self {
            Self::All => vec![None],
            Self::Only(names) => names.iter().cloned().map(Some).collect(),
        }
    }
}

/// The bounds that a watched type needs.
pub trait Watched:
    kube::Resource<DynamicType = ()> + Clone + Debug + DeserializeOwned + Send + Sync + 'static
{
}

impl<K> Watched for K where
    K: kube::Resource<DynamicType = ()> + Clone + Debug + DeserializeOwned + Send + Sync + 'static
{
}

/// The objects of one type, as last heard of: one store per watch.
#[derive(Clone)]
pub struct Cache<K: Watched + Lookup<DynamicType = ()>> {
    stores: Vec<(Option<String>, Store<K>)>,
}

/// The events of a watch. They have to be read for its cache to be filled.
pub type Events<K> = BoxStream<'static, Result<watcher::Event<K>, watcher::Error>>;

/// One watch: what it covers, where it is stored, and what is heard.
pub struct Watch<K: Watched + Lookup<DynamicType = ()>> {
    pub namespace: Option<String>,
    pub store: Store<K>,
    pub events: Events<K>,
}

impl<K> Cache<K>
where
    K: Watched
        + Lookup<DynamicType = ()>
        + kube::Resource<Scope = kube::core::NamespaceResourceScope>,
{
    /// A cache of the objects in these namespaces, and the watches that fill it.
    pub fn new(client: &Client, namespaces: &Namespaces) -> (Self, Vec<Watch<K>>) {
        let mut stores = Vec::new();
        let mut watches = Vec::new();
        for namespace in namespaces.watches() {
            let api = match &namespace {
                Some(namespace) => Api::namespaced(client.clone(), namespace),
                None => Api::all(client.clone()),
            };
            let (store, writer) = reflector::store();
            let events = watcher(api, watcher::Config::default())
                .default_backoff()
                .modify(|object: &mut K| object.managed_fields_mut().clear())
                .reflect(writer)
                .boxed();
            stores.push((namespace.clone(), store.clone()));
            watches.push(Watch { namespace, store, events });
        }
        (Self { stores }, watches)
    }

    /// The object of this name, if it is known.
    pub fn get(&self, namespace: &str, name: &str) -> Option<Arc<K>> {
        let reference = ObjectRef::<K>::new(name).within(namespace);
        self.stores.iter().find_map(|(_, store)| store.get(&reference))
    }

    /// Every known object.
    pub fn all(&self) -> Vec<Arc<K>> {
        self.stores.iter().flat_map(|(_, store)| store.state()).collect()
    }

    /// Returns when every watch has listed its objects once.
    pub async fn synced(&self) {
        for (_, store) in &self.stores {
            // The only error is that the watch is gone, and with it the process.
            let _ = store.wait_until_ready().await;
        }
    }
}

/// Reads a watch for ever, telling each event.
pub async fn follow<K>(mut events: Events<K>, mut tell: impl FnMut(&watcher::Event<K>)) {
    loop {
        match events.try_next().await {
            Ok(Some(event)) => tell(&event),
            Ok(None) => return,
            // The watch tries again by itself, after a pause.
            Err(error) => tracing::warn!(error = %error, "a watch failed"),
        }
    }
}

/// Sends objects of one type to their reconcile.
#[derive(Debug)]
pub struct Wakes<K: Lookup<DynamicType = ()>> {
    senders: Vec<(Option<String>, mpsc::UnboundedSender<ObjectRef<K>>)>,
}

impl<K> Wakes<K>
where
    K: Lookup<DynamicType = ()> + kube::Resource<DynamicType = ()>,
    ObjectRef<K>: Hash,
{
    /// One receiver for each watch, in their order.
    pub fn new(namespaces: &Namespaces) -> (Self, Vec<mpsc::UnboundedReceiver<ObjectRef<K>>>) {
        let (senders, receivers) = namespaces
            .watches()
            .into_iter()
            .map(|namespace| {
                let (sender, receiver) = mpsc::unbounded_channel();
                ((namespace, sender), receiver)
            })
            .unzip();
        (Self { senders }, receivers)
    }

    /// Has the object reconciled soon. Nothing happens if it is not watched.
    pub fn wake(&self, namespace: &str, name: &str) {
        for (watched, sender) in &self.senders {
            if watched.as_deref().is_none_or(|watched| watched == namespace) {
                // Nobody reconciles any more after the end.
                let _ = sender.send(ObjectRef::new(name).within(namespace));
            }
        }
    }
}
