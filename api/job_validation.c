#include "api/job_validation.h"

#include "api/service_internal.h"

static int find(struct service *service, struct job_request *request, struct error *err)
{
    const struct store_record *stored =
        store_find(service->store, STORE_DATASET, request->validation_dataset);
    if (!stored)
        return error_set(err, ERROR_NOT_FOUND, "there is no such dataset");
    int result =
        dataset_table_open(service->store, stored, &request->validation_data, err);
    store_release(stored);
    request->fit.validation_table = request->validation_data.table;
    return result;
}

int job_validation_settle(struct service *service, struct job_request *request,
                          struct problem_list *problems, struct error *err)
{
    struct error why = {0};
    if (!request->validation_dataset || find(service, request, &why) == 0)
        return 0;
    if (why.code == ERROR_NOT_FOUND)
        problem_report(problems, ERROR_NOT_FOUND, "/validation/dataset", "%s",
                       why.message);
    else if (why.code == ERROR_CORRUPT)
        problem_report(
            problems, ERROR_INVALID, "/validation/dataset",
            "the dataset was found damaged and cannot be read; upload it again");
    else
        return error_copy(err, &why);
    return 0;
}

int job_validation_find(struct service *service, struct job_request *request,
                        struct error *err)
{
    struct error why = {0};
    if (!request->validation_dataset || find(service, request, &why) == 0)
        return 0;
    if (why.code == ERROR_NOT_FOUND) {
        error_set(err, ERROR_NOT_FOUND, "the dataset to judge by is not there any more");
        error_place(err, "/validation/dataset");
        return -1;
    }
    return error_copy(err, &why);
}
