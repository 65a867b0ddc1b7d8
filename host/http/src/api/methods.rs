//! Every method by its name. One that is not for everybody is given a [`SignedIn`](super::call::SignedIn): so an unknown
//! method is told before the credential is looked at, and the credential before the params.

use super::call::Call;
use super::envelope::Reply;
use super::error::{RpcCode, RpcError};
use super::{containers, context, manager, solution, versions};

pub(super) async fn run(method: &str, call: &Call<'_>) -> Result<Reply, RpcError> {
    macro_rules! signed_in {
        ($group:ident::$file:ident) => {
            $group::$file::call(&call.signed_in().await?).await
        };
    }
    let result = match method {
        "versions" => versions::call(call),

        "manager/auth" => manager::auth::call(call).await,
        "manager/createFirstApiKey" => manager::create_first_api_key::call(call).await,
        "manager/bindAccessToken" => manager::bind_access_token::call(call).await,
        "manager/createApiKey" => signed_in!(manager::create_api_key),
        "manager/getApiKey" => signed_in!(manager::get_api_key),
        "manager/listApiKeys" => signed_in!(manager::list_api_keys),
        "manager/updateApiKey" => signed_in!(manager::update_api_key),
        "manager/deleteApiKey" => signed_in!(manager::delete_api_key),
        "manager/subscribeToChannel" => manager::subscribe_to_channel::call(&call.signed_in().await?),
        "manager/unsubscribeFromChannel" => manager::unsubscribe_from_channel::call(&call.signed_in().await?),

        "solution/getSolution" => signed_in!(solution::get_solution),
        "solution/listSolutions" => signed_in!(solution::list_solutions),
        "solution/createSolution" => signed_in!(solution::create_solution),
        "solution/updateSolution" => signed_in!(solution::update_solution),
        "solution/deleteSolution" => signed_in!(solution::delete_solution),

        "context/getContext" => signed_in!(context::get_context),
        "context/listContexts" => signed_in!(context::list_contexts),
        "context/listContextsOfSolution" => signed_in!(context::list_contexts_of_solution),
        "context/createContext" => signed_in!(context::create_context),
        "context/updateContext" => signed_in!(context::update_context),
        "context/deleteContext" => signed_in!(context::delete_context),
        "context/addSolutionToContext" => signed_in!(context::add_solution_to_context),
        "context/removeSolutionFromContext" => signed_in!(context::remove_solution_from_context),
        "context/addUserToContext" => signed_in!(context::add_user_to_context),
        "context/removeUserFromContext" => signed_in!(context::remove_user_from_context),
        "context/removeUserFromContextByPubKey" => signed_in!(context::remove_user_from_context_by_pub_key),
        "context/getUserFromContext" => signed_in!(context::get_user_from_context),
        "context/getUserFromContextByPubKey" => signed_in!(context::get_user_from_context_by_pub_key),
        "context/listUsersFromContext" => signed_in!(context::list_users_from_context),
        "context/setUserAcl" => signed_in!(context::set_user_acl),

        _ => {
            let method = containers::named(method).ok_or(RpcCode::MethodNotFound)?;
            return containers::call(method, call).await;
        }
    };
    result.map(Reply::Own)
}
